# SPDX-License-Identifier: Apache-2.0
"""Pieces of HTML for scripts/report_page.py: tables, bars, histograms, numbers."""
from html import escape

STYLE = """
:root { --bg: #ffffff; --fg: #1b1f24; --soft: #57606a; --line: #d0d7de; --card: #f6f8fa;
  --good: #116329; --bad: #b3261e; --mark: #0550ae; --heat: 217, 119, 6; --bar: #2f6fb0;
  --other: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --bg: #0f1318; --fg: #e6edf3; --soft: #9aa6b2;
  --line: #343d47; --card: #181e25; --good: #56d364; --bad: #ff7b72; --mark: #79c0ff;
  --heat: 230, 140, 40; --bar: #539bf5; --other: #ff7b72; } }
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--bg); color: var(--fg);
  font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem;
  border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
a { color: var(--mark); } a:focus-visible, summary:focus-visible, .scroll:focus-visible {
  outline: 3px solid var(--mark); outline-offset: 2px; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1rem; padding: 0;
  margin: .5rem 0; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
.verdict { border-left: .5rem solid; padding: .6rem 1rem; background: var(--card); margin: 1rem 0; }
.verdict p { margin: .2rem 0; } .verdict .word { font-weight: 700; font-size: 1.2rem; }
.pass { color: var(--good); } .fail { color: var(--bad); } .verdict > * + * { color: var(--fg); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); padding: .6rem;
  margin: .4rem 0; border: 1px solid var(--line); font-size: .85rem; }
dl.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr));
  gap: .5rem; margin: .8rem 0; }
dl.cards > div { background: var(--card); border: 1px solid var(--line); padding: .5rem .7rem; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-size: 1.15rem; }
dd small { display: block; font-size: .8rem; color: var(--soft); }
.scroll { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .85rem; padding-bottom: .3rem; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: right;
  white-space: nowrap; }
thead th, td.text { white-space: normal; }
th { background: var(--card); font-weight: 600; }
thead th:first-child, th.text { text-align: left; }
.side { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: flex-start; }
.side > .scroll { max-width: 100%; }
th[scope=row], td.text { text-align: left; } td.none { color: var(--soft); }
td.bar { min-width: 9rem; width: 60%; text-align: left; }
td.bar span { display: block; height: .9rem; background: var(--bar); }
table.wide { width: 100%; }
td.cell small { display: block; color: inherit; font-size: .75rem; }
figure { margin: .5rem 0; display: inline-block; width: 22rem; max-width: 100%; }
figure svg { width: 100%; height: auto; } figcaption { font-size: .85rem; color: var(--soft); }
svg rect { fill: var(--bar); } svg rect.wrong { fill: var(--other); }
svg line { stroke: var(--line); } svg text { fill: var(--soft); font-size: 11px; }
@media (max-width: 30rem) { body { padding: .6rem; font-size: 15px; }
  td.bar { min-width: 5rem; } th, td { padding: .2rem .3rem; } table { font-size: .82rem; } }
@media print { .scroll { overflow: visible; } nav { display: none; } }
"""


def number(value, digits=4):
    """As people read it: thousands apart, few digits behind the point, an en dash for nothing."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 10000:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def percent(share, digits=2):
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def scroll(label, inner):
    """What may be wider than the screen can be scrolled with the keyboard, too."""
    return (f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">\n'
            f"{inner}</div>\n")


def cell(value):
    """A cell: text, a number, or HTML of one's own as ("class", "html")."""
    if isinstance(value, tuple):
        return f'<td class="{value[0]}">{value[1]}</td>'
    if isinstance(value, str):
        return f'<td class="text">{escape(value)}</td>'
    return '<td class="none">–</td>' if value is None else f"<td>{number(value)}</td>"


def table(caption, heads, rows, wide=False):
    """The first column names its row."""
    rows = list(rows)
    words = [not rows or isinstance(v, str) or (isinstance(v, tuple) and v[0] in ("text", "bar"))
             for v in (rows[0] if rows else heads)]
    out = [f'<table{" class=wide" if wide else ""}><caption>{escape(caption)}</caption>\n'
           "<thead><tr>",
           *(f'<th scope="col"{" class=text" if word else ""}>{escape(head)}</th>'
             for head, word in zip(heads, words)), "</tr></thead>\n<tbody>\n"]
    for first, *others in rows:
        out += [f'<tr><th scope="row">{escape(number(first))}</th>', *map(cell, others), "</tr>\n"]
    return scroll(caption, "".join(out) + "</tbody></table>\n")


def cards(items):
    """Name, value and a remark each."""
    return ('<dl class="cards">\n' + "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}"
        + (f"<small>{escape(remark)}</small>" if remark else "") + "</dd></div>\n"
        for name, value, remark in items) + "</dl>\n")


def bars(caption, unit, parts):
    """A table whose last column is drawn; parts: name and value."""
    whole, top = sum(parts.values()) or 1, max(parts.values(), default=0) or 1
    return table(caption, ["part", unit, "share", "drawn"], [
        [name, value, ("", percent(value / whole, 1)),
         ("bar", f'<span style="width:{100 * value / top:.1f}%"></span>')]
        for name, value in sorted(parts.items(), key=lambda item: -item[1])], wide=True)


def shade(share, most=0.6):
    """The background of a cell of a map; weak enough for the text on it."""
    return f'style="background:rgba(var(--heat),{most * max(0, min(1, share)):.3f})"'


def histogram(title, bins, low, high, unit, wrong=None):
    """Bars side by side; wrong: a second series on top. Its numbers are in the title for readers
    that see no picture."""
    wide, tall, foot = 320, 110, 22
    both = [a + b for a, b in zip(bins, wrong or [0] * len(bins))]
    top, step = max(both) or 1, wide / len(bins)
    peak = both.index(max(both))
    at = low + (peak + 0.5) * (high - low) / len(bins)
    text = (f"{title}: {sum(both):,} values from {number(low, 3)} to {number(high, 3)} {unit}, "
            f"most of them near {number(at, 2)}"
            + (f"; {sum(wrong):,} belong to wrong answers" if wrong else ""))
    out = [f'<figure><svg viewBox="0 0 {wide} {tall + foot}" role="img" '
           f'aria-label="{escape(text)}"><title>{escape(text)}</title>']
    for i, value in enumerate(bins):
        base = tall
        for count, kind in ((value, ""), ((wrong or bins)[i] if wrong else 0, ' class="wrong"')):
            height = (tall - 4) * count / top
            if count:
                height = max(height, 0.7)
                out.append(f'<rect x="{i * step:.2f}" y="{base - height:.2f}" '
                           f'width="{step * 0.9:.2f}" height="{height:.2f}"{kind}/>')
                base -= height
    middle = number((low + high) / 2, 3)
    out += [f'<line x1="0" y1="{tall}" x2="{wide}" y2="{tall}"/>',
            f'<text x="0" y="{tall + 15}">{number(low, 3)}</text>',
            f'<text x="{wide / 2}" y="{tall + 15}" text-anchor="middle">{middle}</text>',
            f'<text x="{wide}" y="{tall + 15}" text-anchor="end">{number(high, 3)} {unit}</text>',
            f"</svg><figcaption>{escape(title)}</figcaption></figure>\n"]
    return "".join(out)
