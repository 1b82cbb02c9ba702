# SPDX-License-Identifier: Apache-2.0
"""The page of scripts/report.py: HTML of what report.json holds, without script and network."""
from html import escape

from report_parts import STYLE, bars, cards, histogram, number, percent, scroll, shade, table

CONFUSION_MOST = 32  # classes that a matrix is drawn for
HISTORY = 12         # runs before the last that a line of the regression shows
STATES = {"pass": "passed", "FAIL": "failed", "skip": "skipped"}


def verdict(word, text, command):
    good = word == "pass"
    out = (f'<div class="verdict {"pass" if good else "fail"}">'
           f'<p class="word">{"PASS" if good else "FAIL"}</p>\n<p>{escape(text)}</p>\n')
    if command:
        out += f"<p>The command that repeats it:</p>\n<pre>{escape(command)}</pre>\n"
    return out + "</div>\n"


def key_figures(run):
    layers, metrics = run["layers"], run["metrics"]
    items = []
    if metrics:
        low, high = metrics["interval"]
        # Where each step of a sequence has a label, the classes below are those of the last ones.
        steps = abs(metrics["accuracy"] - layers["accuracy_chip"]) > 1e-9
        items.append(("accuracy, chip", f"{layers['accuracy_chip']:.2f} %",
                      f"of steps; last ones {metrics['accuracy']:.2f} %" if steps else
                      f"95 % interval {low:.2f} to {high:.2f} %"))
        items += [(f"accuracy, {name}", f"{layers[key]:.2f} %", "")
                  for name, key in (("ideal chip", "accuracy_ideal_chip"),
                                    ("software", "accuracy_software"))]
    items += [("images", number(layers["images"]), f"from {layers['first']} on"),
              ("cycles per image", number(layers["cycles_per_image"], 6), "steady state"),
              ("latency", number(layers["latency_cycles"]), "cycles"),
              ("VMMs checked", number(layers["vmms_checked"]), "none differs")]
    if "energy_nj_per_image" in layers:
        items += [("energy per image", f"{number(layers['energy_nj_per_image'])} nJ",
                   "without leakage"),
                  ("efficiency", f"{number(layers['tops_w'], 3)} TOPS/W", "8 × 8 bits"),
                  ("density", f"{number(layers['tops_mm2'], 3)} TOPS/mm²", "tiles in use")]
    return cards(items)


def confusion(metrics):
    matrix = metrics["confusion"]
    if len(matrix) > CONFUSION_MOST:
        wrong = sorted(((row[k], i, k) for i, row in enumerate(matrix) for k in range(len(row))
                        if i != k and row[k]), reverse=True)[:CONFUSION_MOST]
        return table("The most frequent confusions", ["class", "taken for", "images"],
                     [[i, k, count] for count, i, k in wrong])
    top = [max(row) or 1 for row in matrix]
    out = ["<table><caption>Confusion matrix: rows are labels, columns the chip's answers</caption>"
           '<thead><tr><th scope="col">label</th>',
           *(f'<th scope="col">{k}</th>' for k in range(len(matrix))), "</tr></thead>\n<tbody>\n"]
    for i, row in enumerate(matrix):
        out += [f'<tr><th scope="row">{i}</th>',
                *(f"<td {shade(value / top[i])}>{value}</td>" if value else
                  '<td class="none">0</td>' for value in row), "</tr>\n"]
    return scroll("Confusion matrix", "".join(out) + "</tbody></table>\n")


def classification(metrics):
    items = [(name, percent(metrics[f"macro_{key}"]), "mean over classes") for name, key in
             (("precision", "precision"), ("recall", "recall"), ("specificity", "specificity"),
              ("F1", "f1"))]
    items.append(("Cohen's kappa", number(metrics["kappa"]), "1: all right, 0: as by chance"))
    if "cross_entropy" in metrics:
        items.append(("cross-entropy", f"{number(metrics['cross_entropy'])} nats",
                      f"of scores over {number(metrics['temperature'])}, the best temperature"))
    items.append(("same class as software", number(metrics["agree_with_software"]),
                  f"of {metrics['images']:,} images"))
    out = cards(items) + '<div class="side">\n' + confusion(metrics)
    out += table("Each class", ["class", "images", "precision", "recall", "specificity", "F1"],
                 [[c["class"], c["images"], *(("", percent(c[k])) for k in
                   ("precision", "recall", "specificity", "f1"))] for c in metrics["classes"]
                  if c["images"] or c["precision"] is not None]) + "</div>\n"
    if "margins" in metrics:
        m = metrics["margins"]
        out += histogram("Best score less the next, right and (red, on top) wrong answers",
                         m["right"], 0, m["width"] * len(m["right"]), "", m["wrong"])
    return out


def layer_rows(layers):
    for j in layers["layers"]:
        vector, error = j["kind"] == "vector", j.get("error_rms")
        shape = f"{j['inputs']} × {j['outputs']}"
        if j["map"] != [1, 1]:
            shape += f", map {j['map'][0]} × {j['map'][1]}"
        clipped = j["clipped_low"] + j["clipped_high"]
        scale = j.get("full_scale")
        yield [j["name"], f"{j['kind']} {shape}", j["tiles"],
               None if vector else ("", percent(j["cells"] / j["cells_there"], 0)),
               j["cycles_planned"], j.get("pj_per_image"), j.get("vmms"), j.get("sqnr_db"),
               j.get("enob"), clipped, j["saturated"],
               ("", percent(error / scale, 3)) if error is not None and scale else None,
               j.get("output_rms")]


def middle_of(bins):
    """The bins around 0 that hold all but two in a thousand; the outermost take what is beyond."""
    whole, cut = sum(bins), 0
    while len(bins) - 2 * cut > 9 and sum(bins[:cut + 1]) + sum(bins[-cut - 1:]) < whole / 500:
        cut += 1
    if not cut:
        return bins
    inner = bins[cut:-cut]
    inner[0] += sum(bins[:cut])
    inner[-1] += sum(bins[-cut:])
    return inner


def layers_part(run):
    layers = run["layers"]
    out = table("Layers", ["layer", "shape", "tiles", "cells in use", "cycles per image",
                           "pJ per image", "VMMs", "SQNR, dB", "ENOB", "clipped", "saturated",
                           "error RMS of full scale", "output off by, RMS"], layer_rows(layers))
    own = [j for j in layers["layers"] if j["name"] == layers["bottleneck"]][0]
    steady = layers["cycles_per_image"]
    out += (f"<p>Bottleneck: layer <strong>{escape(own['name'])}</strong>, planned "
            f"{number(layers['cycles_planned'])} cycles per image"
            + (f"; measured {number(steady, 6)} ({100 * steady / layers['cycles_planned']:.1f} %)."
               if steady else ".") + "</p>\n")
    for j in layers["layers"]:
        if sum(j.get("error_bins", [])) and j["error_rms"]:
            bins = middle_of(j["error_bins"])
            half = 100 * j["bin_of_full_scale"] * len(bins) / 2
            out += histogram(f"Error of layer {j['name']}; the outermost bars hold all beyond",
                             bins, -half, half, "% of full scale")
    return out


def mesh(layers):
    """A table, so that it reads as one: y from north to south, as the mesh is drawn."""
    at = {(t["x"], t["y"]): t for t in layers["tile_list"]}
    energy = "energy_pj" in layers
    key = "pj_per_image" if energy else "busy"
    top = max(t[key] for t in layers["tile_list"]) or 1
    caption = "Mesh, y north to south: layer, " + (
        "pJ per image (shade), busy share of the bottleneck's time" if energy else
        "busy share of the bottleneck's time (shade)") + ", clipped conversions"
    out = [f'<table><caption>{caption}</caption>\n<thead><tr><th scope="col">y \\ x</th>',
           *(f'<th scope="col">{x}</th>' for x in range(layers["mesh_w"])),
           "</tr></thead>\n<tbody>\n"]
    for y in reversed(range(layers["mesh_h"])):
        out.append(f'<tr><th scope="row">{y}</th>')
        for x in range(layers["mesh_w"]):
            t = at.get((x, y))
            if not t:
                out.append('<td class="none">free</td>')
                continue
            lines = ([f"{number(t[key])} pJ"] if energy else []) + [
                f"busy {percent(t['busy'], 0)}",
                f"{t['clipped_low'] + t['clipped_high']:.0f} clipped"]
            out.append(f'<td class="cell" {shade(t[key] / top)}>{escape(t["layer"])}'
                       + "".join(f"<small>{line}</small>" for line in lines) + "</td>")
        out.append("</tr>\n")
    return scroll("Mesh heat map", "".join(out) + "</tbody></table>\n")


def energy_part(layers):
    tiles = layers["tiles"]
    return (bars("Energy per image by part", "pJ", layers["energy_pj"])
            + bars(f"Area of {tiles} tiles by part", "mm²",
                   layers["area_mm2_by_part"]))


def change_part(change):
    where = " of ".join(filter(None, ["the report", change["date"]]))
    if change["commit"]:
        where += f" at commit {change['commit']}"
    if not change["rows"]:
        return f"<p>{change['compared']:,} figures compared with {escape(where)}: all the same.</p>"
    rows = [[row["what"], *(v if isinstance(v, str) else ("", number(v, 6))
                            for v in (row["before"], row["now"])),
             ("", "–" if row["percent"] is None else f"{row['percent']:+.2f} %")]
            for row in change["rows"]]
    return (f"<p>{change['compared']:,} figures compared with {escape(where)}; "
            f"{len(rows)} differ.</p>\n"
            + table("What differs", ["figure", "before", "now", "change"], rows))


def strip(key, before):
    """The states of a test in the runs before, oldest first, as characters and as words."""
    states = [run["tests"].get(key, {}).get("state") for run in before[-HISTORY:]]
    marks = "".join({"pass": "●", "FAIL": "✗", "skip": "○"}.get(state, "·") for state in states)
    counts = [f"{states.count(s)} {word}" for s, word in STATES.items() if s in states]
    label = ", ".join(counts) or "no runs"
    return ("text", f'<span role="img" aria-label="{label}">{marks}</span>')


def tests_part(tests):
    before, rows = tests["before"], []
    order = sorted(tests["tests"].items(), key=lambda item: (item[1]["state"] != "FAIL", item[0]))
    for key, t in order:
        good = t["state"] == "pass"
        word = f'<span class="{"pass" if good else "fail"}">{t["state"]}</span>'
        rows.append([key, ("text", word), t["checks"], t["cycles"] or None,
                     ("", f"{t['time']:.1f} s"), ("", f"{t['cpu']:.1f} s"), strip(key, before),
                     t["reason"]])
    return (f"<p>{tests['passed']} passed, {tests['failed']} failed, {tests['skipped']} skipped in "
            f"{tests['seconds']:.0f} s ({tests['date']}, commit {escape(tests['commit'] or '–')}); "
            f"{len(before)} runs before it are known.</p>\n"
            + table("Regression; runs before, oldest first: ● passed, ✗ failed, ○ skipped",
                    ["test.configuration.seed", "result", "checks", "cycles", "time", "processor",
                     "runs before", "reason"], rows))


def measures_part(report):
    tests, out = report["tests"], ""
    if tests["networks"]:
        out += table("Networks that ran as tests", [
            "test", "network", "configuration", "device", "images", "chip, %", "software, %",
            "cycles per image", "nJ per image", "VMMs checked"], [
            [r["test"], r["network"], r["configuration"], r["device"], r["images"],
             r["accuracy_chip"], r["accuracy_software"], r["cycles_per_image"],
             r["energy_nj_per_image"], r["vmms_checked"]] for r in tests["networks"]])
    if tests["crosses"]:
        out += (f"<p>Functional coverage of the tile's modes: {tests['crosses']['met']} of "
                f"{tests['crosses']['legal']} crosses were met.</p>\n")
    if report.get("proofs"):
        out += table("Proofs that held", ["module", "parameters", "how"], [
            [p["module"], p["parameters"], p["how"]] for p in report["proofs"]])
    return out


def mutation_part(modules):
    killed, count = (sum(m[key] for m in modules.values()) for key in ("killed", "mutants"))
    rows = [[name, m["killed"], m["mutants"], ("", percent(m["killed"] / m["mutants"], 0)),
             ", ".join(f"{n} by {by}" for by, n in m["by"].items() if n)]
            for name, m in modules.items()]
    lives = [[f"{m['file']}:{s['line']}", s["what"], s["text"]]
             for m in modules.values() for s in m["survivors"]]
    return (f"<p>{killed} of {count} mutants killed: {percent(killed / count, 1)}.</p>\n"
            + table("Mutation score by module", ["module", "killed", "mutants", "score", "by"],
                    rows)
            + (table("Mutants that no test notices", ["place", "change", "text"], lives)
               if lives else ""))


def versions_part(report):
    p, run = report["project"], report["run"]
    rows = [["ohmic", p["version"]], ["commit", p["commit"] or "not in a git tree"]]
    rows += [[name, text] for name, text in report["tools"].items()]
    if run and run["layers"]:
        j = run["layers"]
        rows += [["network", j["network"]], ["back end", j["backend"]],
                 ["configuration", f"{j['configuration']}, mesh {j['mesh_w']} × {j['mesh_h']}"],
                 ["mapping", " ".join(filter(None, [j["mapping"], j["coding"]]))],
                 ["device", j["device"]], ["seed", number(j["seed"])]]
    return table("Versions and seeds", ["what", "value"], rows)


def sections(report):
    run, tests = report["run"], report["tests"]
    if report["difference"]:
        yield "Difference", change_part(report["difference"])
    if run and run["layers"]:
        yield "Run", key_figures(run)
        if run["metrics"]:
            yield "Classification", classification(run["metrics"])
        yield "Layers", layers_part(run)
        yield "Mesh", mesh(run["layers"])
        if "energy_pj" in run["layers"]:
            yield "Energy and area", energy_part(run["layers"])
    if tests:
        yield "Regression", tests_part(tests)
        more = measures_part(report)
        if more:
            yield "Measures", more
    if report.get("mutation"):
        yield "Mutation", mutation_part(report["mutation"]["modules"])
    yield "Versions", versions_part(report)
    if run:
        yield "Log", ("<details><summary>What the run printed</summary>\n"
                      f"<pre>{escape(run['log'])}</pre></details>\n")


def page(report):
    run, tests = report["run"], report["tests"]
    name = (run["layers"]["network"] if run and run["layers"] else run["directory"] if run
            else "regression")
    parts = list(sections(report))
    ids = {title: title.lower().replace(" ", "-") for title, _ in parts}
    head = (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>Ohmic: {escape(name)}</title>\n<style>{STYLE}</style></head>\n<body>\n"
            f'<a class="skip" href="#main">To the figures</a>\n'
            f"<header><h1>Ohmic: {escape(name)}</h1>\n"
            f"<p>{escape(report['date'])} UTC, version {escape(report['project']['version'])}, "
            f"commit {escape(report['project']['commit'] or '–')}</p>\n")
    if run:
        head += verdict(run["verdict"], f"Run: {run['reason']}", run["command"])
    if tests:
        head += verdict(tests["verdict"], f"Regression: {tests['passed']} passed, "
                        f"{tests['failed']} failed, {tests['skipped']} skipped", tests["command"])
    head += '</header>\n<nav aria-label="Parts of this page"><ul>\n' + "".join(
        f'<li><a href="#{ids[title]}">{title}</a></li>\n' for title, _ in parts) + "</ul></nav>\n"
    return head + '<main id="main">\n' + "".join(
        f'<section aria-labelledby="{ids[title]}"><h2 id="{ids[title]}">{title}</h2>\n{inner}'
        "</section>\n" for title, inner in parts) + "</main>\n</body></html>\n"
