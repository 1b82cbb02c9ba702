#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The documents: what must hold of them, and the site made from them.

  docs.py check     every relative link of every page leads to a file (and its #heading is there);
                    every docs/ path that any source names exists, and every `path` of a source that
                    a page names, past decisions and changes apart; each page has a place in
                    the site; the version is one; the glossary is whole
  docs.py wrap      breaks the paragraphs and list items of every page that have lines over 100
                    columns; tables, code, headings and figures stay
  docs.py site      copies docs/ to sim/out/docs, adds the pages of the modules, and lets MkDocs
                    make sim/out/site from them; a warning of MkDocs is an error

The glossary is whole when each house word of scripts/house-words.txt has exactly one entry in
docs/reference/glossary.md, no entry under "Ours" is missing from that list, each meaning is a whole
sentence, and the page that an entry points to really uses the word.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = ROOT / "sim/out/docs"
SITE = ROOT / "sim/out/site"
GLOSSARY = DOCS / "reference/glossary.md"
WORDS = ROOT / "scripts/house-words.txt"

LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
MENTION = re.compile(r"(?<![\w./<>-])docs/[\w./-]*\w")
COLUMNS = 100
# Between blocks of a page: a blank line, a heading; before a list item, a line of a table.
BETWEEN = r"(\n\s*\n|^#[^\n]*\n|\n(?=\s*(?:[-*]|\d+\.)\s)|\n(?=\s*\|))"
SOURCES = ".v .vh .sv .c .h .cpp .py .sh .json .txt .ini .md .list .yml .core .cff"
SOURCE = re.compile(r"`((?:rtl|behav|sim|tb|scripts|constraints)/[\w./-]*\w)`")
ENTRY = re.compile(r"^\| \*\*([^*]+)\*\* \| (.+?) \| \[[^\]]+\]\(([^)]+)\) \|$")


def tree(*endings):
    """The files of the project, in a clone or in a copy of one, that end like this."""
    for path in sorted(ROOT.rglob("*")):
        part = path.relative_to(ROOT).parts
        kept = part[0] != ".git" and part[:2] != ("sim", "out")
        if kept and path.suffix in endings and path.is_file():
            yield path


def name(path):
    return path.relative_to(ROOT).as_posix()


def without_code(text):
    """The text of a page with its blocks of code blanked: a link in them is no link."""
    return re.sub(r"^```.*?^```$", lambda m: "\n" * m.group().count("\n"), text, flags=re.M | re.S)


def anchors(text):
    """The names under which the headings of a page can be reached."""
    for heading in re.findall(r"^#+ (.+)$", without_code(text), re.M):
        yield re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip())


def links(path):
    """(line, target, fragment) of each relative link of a page."""
    for number, line in enumerate(without_code(path.read_text(encoding="utf-8")).splitlines(), 1):
        for _, _, target in LINK.findall(re.sub(r"`[^`]*`", "``", line)):
            if not re.match(r"[a-z]+:", target):
                file, _, fragment = target.partition("#")
                yield number, file, fragment


def check_links():
    faults, count = [], 0
    for page in tree(".md"):
        for number, file, fragment in links(page):
            count += 1
            target = (page.parent / file).resolve() if file else page
            if not target.exists():
                faults.append(f"{name(page)}:{number}: link to {file}, expected a file that exists")
            elif fragment and fragment not in anchors(target.read_text(encoding="utf-8")):
                faults.append(f"{name(page)}:{number}: #{fragment}, expected a heading of {file}")
    return faults, count


def check_mentions():
    """Comments, messages and tables of sources name pages, too."""
    faults, count = [], 0
    for path in tree(*SOURCES.split(), ""):
        if DOCS in path.parents and path.suffix == ".md" or path.name == "LICENSE":
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            for mention in MENTION.findall(line):
                count += 1
                if not (ROOT / mention).exists():
                    faults.append(f"{name(path)}:{number}: {mention}, expected a file that exists")
    return faults, count


def check_sources():
    """What a recipe makes is not there yet, and sim/out never is."""
    faults, count = [], 0
    past = [DOCS / "decide", ROOT / "CHANGELOG.md"]
    for page in tree(".md"):
        if any(p == page or p in page.parents for p in past):
            continue
        text = page.read_text(encoding="utf-8")
        made = set(re.findall(r"^New file `([^`]+)`", text, re.M))
        for number, line in enumerate(text.splitlines(), 1):
            for path in SOURCE.findall(line):
                count += 1
                there = (ROOT / path).exists() or any(ROOT.glob(f"{path}.*"))  # a stem is enough
                if not there and path not in made and not path.startswith("sim/out"):
                    faults.append(f"{name(page)}:{number}: {path}, expected a file that exists")
    return faults, count


def check_nav():
    """Each page has its place in the site."""
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    nav = (DOCS / "mkdocs.yml").read_text(encoding="utf-8")
    places = re.findall(r"- (\S+\.md)$", nav, re.M)
    return [f"docs/mkdocs.yml: {page}, expected a place for it in nav" for page in sorted(pages)
            if page not in places], len(pages)


def check_version():
    """FuseSoC, a citation and the changes name the version of the file VERSION."""
    version = (ROOT / "VERSION").read_text(encoding="utf-8").strip()
    said = {"ohmic.core": rf"^name: ::ohmic:{version}$", "CITATION.cff": rf"^version: {version}$",
            "CHANGELOG.md": rf"^## {version}\b"}
    return [f"{file}: expected version {version}, which VERSION has" for file, line in said.items()
            if not re.search(line, (ROOT / file).read_text(encoding="utf-8"), re.M)], len(said)


def house_words():
    """{word: its forms} of the list, one a line, the word first."""
    words = {}
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        forms = [form.strip() for form in line.split(",") if form.strip()]
        if forms and not line.startswith("#"):
            words[forms[0]] = forms
    return words


def uses(text, forms):
    return any(re.search(rf"\b{re.escape(form)}\b", text, re.I) for form in forms)


def check_glossary():
    faults, seen, part = [], {}, ""
    words = house_words()
    for number, line in enumerate(GLOSSARY.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{name(GLOSSARY)}:{number}"
        if line.startswith("## "):
            part = line[3:]
        if not line.startswith("| **"):
            continue
        entry = ENTRY.match(line)
        if not entry:
            faults.append(f"{where}: expected | **term** | meaning | [page](path) |")
            continue
        term, meaning, target = entry.groups()
        if term in seen:
            faults.append(f"{where}: '{term}' is explained twice, first in line {seen[term]}")
        seen[term] = number
        if part == "Ours" and term not in words:
            faults.append(f"{where}: '{term}', expected a word of {name(WORDS)}")
        if not meaning.endswith(".") or len(meaning.split()) < 6:
            faults.append(f"{where}: meaning of '{term}', expected a whole sentence")
        page = (GLOSSARY.parent / target.partition("#")[0]).resolve()
        if page.exists() and not uses(page.read_text(encoding="utf-8"), words.get(term, [term])):
            faults.append(f"{where}: '{term}', expected a page that uses it, not {target}")
    for term in words:
        if term not in seen:
            faults.append(f"{name(WORDS)}: '{term}', expected an entry in {name(GLOSSARY)}")
    return faults, len(seen)


def check():
    total = 0
    faults = []
    for one in (check_links, check_mentions, check_sources, check_nav, check_version,
                check_glossary):
        found, count = one()
        faults += found
        total += count
    print("\n".join(faults) if faults else f"{total} links, mentions and terms hold")
    return 1 if faults or not total else 0


def wrapped(block):
    """A paragraph or a list item in lines of 100 columns."""
    lines = block.split("\n")
    if max(map(len, lines)) <= COLUMNS or re.match(r"\s*(\||#|!\[|<|>|    )", block):
        return block
    mark = re.match(r"\s*(?:[-*]|\d+\.)\s+|", block).group()
    words = " ".join(line.strip() for line in lines)[len(mark.strip()):].strip()
    out = textwrap.wrap(words, COLUMNS, initial_indent=mark, subsequent_indent=" " * len(mark),
                        break_long_words=False, break_on_hyphens=False)
    for i in range(1, len(out)):  # a line that Markdown would take for a list gets a word before it
        while re.match(r"\s*(>|[-+*#|](\s|$)|\d+[.)](\s|$))", out[i]):
            out[i - 1], _, word = out[i - 1].rpartition(" ")
            out[i] = " " * len(mark) + word + " " + out[i].lstrip()
    return "\n".join(out)


def wrap():
    changed = 0
    for page in [*tree(".md")]:
        text = page.read_text(encoding="utf-8")
        parts = re.split(r"(^ *```.*?^ *```$)", text, flags=re.M | re.S)
        for i in range(0, len(parts), 2):
            blocks = re.split(BETWEEN, parts[i], flags=re.M)
            blocks[::2] = [edge(block) for block in blocks[::2]]
            parts[i] = "".join(blocks)
        new = "".join(parts)
        if new != text:
            page.write_text(new, encoding="utf-8")
            changed += 1
    print(f"{changed} pages wrapped")
    return 0


def edge(block):
    """Keeps the line ends around a block, which the split leaves on it."""
    inner = block.strip("\n")
    head, _, tail = block.partition(inner) if inner else ("", "", "")
    return head + wrapped(inner) + tail if inner else block


def inside(page, match):
    """A link as it is, or as the name of its target when that lies outside of the site."""
    picture, label, target = match.groups()
    file = target.partition("#")[0]
    if picture or not file or re.match(r"[a-z]+:", target):
        return match.group()
    full = (page.parent / file).resolve()
    if DOCS == full or DOCS in full.parents:
        return match.group()
    path = name(full)
    return f"`{path}`" if label.strip("`").endswith(path) or "/" in label else f"{label} (`{path}`)"


def site():
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.copytree(DOCS, PAGES, ignore=shutil.ignore_patterns("mkdocs.yml"))
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
        parts[::2] = [LINK.sub(lambda m, p=page: inside(p, m), part) for part in parts[::2]]
        (PAGES / page.relative_to(DOCS)).write_text("".join(parts), encoding="utf-8")
    subprocess.run([sys.executable, str(ROOT / "scripts/modules.py"), "write"], check=True)
    done = subprocess.run(["mkdocs", "build", "--strict", "--clean", "-f", str(DOCS / "mkdocs.yml"),
                           "-d", str(SITE)], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        print("\n".join(line for line in done.stdout.splitlines() if not line.startswith("INFO")))
        return done.returncode
    print(f"{sum(1 for _ in SITE.rglob('index.html'))} pages: {name(SITE / 'index.html')}")
    return 0


if __name__ == "__main__":
    COMMANDS = {"check": check, "wrap": wrap, "site": site}
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__.strip())
    sys.exit(COMMANDS[sys.argv[1]]())
