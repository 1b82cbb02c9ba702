# SPDX-License-Identifier: Apache-2.0
"""Figures for scripts/report.py: of a run's predictions, of proofs, and of what has changed."""
import csv
import json
import math
import re

LAST = 40  # runs of the regression that the history keeps


def wilson(right, of):
    """The 95 % interval of a share, in percent (Wilson 1927)."""
    z, p = 1.96, right / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return [100 * max(0, middle - half), 100 * min(1, middle + half)]


def loss(scores, labels, temperature):
    """Mean negative logarithm of the softmax of the right class, in nats."""
    total = 0.0
    for row, label in zip(scores, labels):
        top = max(row)
        total += (math.log(sum(math.exp((v - top) / temperature) for v in row))
                  - (row[label] - top) / temperature)
    return total / len(labels)


def cross_entropy(scores, labels):
    """The least cross-entropy over one temperature, and that temperature (Guo et al., ICML 2017).

    Scores are whole numbers of no unit, so a softmax of them needs a scale; the loss is convex in
    its inverse, and a search by golden section finds it.
    """
    flat = [v for row in scores for v in row]
    mean = sum(flat) / len(flat)
    spread = math.sqrt(sum((v - mean) ** 2 for v in flat) / len(flat)) or 1
    low, high = math.log(spread / 1000), math.log(spread * 1000)
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(40):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if loss(scores, labels, math.exp(a)) < loss(scores, labels, math.exp(b)):
            high = b
        else:
            low = a
    best = math.exp((low + high) / 2)
    return loss(scores, labels, best), best


def one_class(matrix, k, count):
    """Precision, recall, specificity and F1 of class k; None where nothing is there to divide."""
    hit = matrix[k][k]
    said, there = sum(row[k] for row in matrix), sum(matrix[k])
    precision = hit / said if said else None
    recall = hit / there if there else None
    others = count - there
    both = (precision or 0) + (recall or 0)
    return {"class": k, "images": there, "precision": precision, "recall": recall,
            "specificity": (others - (said - hit)) / others if others else None,
            "f1": 2 * precision * recall / both if precision and recall else
            (0.0 if there else None)}


def mean_of(rows, key):
    values = [row[key] for row in rows if row[key] is not None]
    return sum(values) / len(values) if values else None


def classification(labels, said, classes):
    """What follows from labels and the chip's classes alone."""
    count = len(labels)
    matrix = [[0] * classes for _ in range(classes)]
    for label, k in zip(labels, said):
        if 0 <= k < classes:
            matrix[label][k] += 1
    right = sum(matrix[k][k] for k in range(classes))
    chance = sum(sum(matrix[k]) * sum(row[k] for row in matrix)
                 for k in range(classes)) / count ** 2
    rows = [one_class(matrix, k, count) for k in range(classes)]
    return {"images": count, "right": right, "accuracy": 100 * right / count,
            "interval": wilson(right, count),
            "kappa": (right / count - chance) / (1 - chance) if chance < 1 else None,
            "confusion": matrix, "classes": rows,
            **{f"macro_{key}": mean_of(rows, key)
               for key in ("precision", "recall", "specificity", "f1")}}


def margins(scores, said, labels):
    """Histograms of how far the best score lies above the next, of right and of wrong images."""
    gaps = []
    for row, k, label in zip(scores, said, labels):
        first, second = sorted(row)[-1], sorted(row)[-2]
        gaps.append((first - second, k == label))
    top = max(gap for gap, _ in gaps) or 1
    bins = {"width": top / 24, "right": [0] * 24, "wrong": [0] * 24}
    for gap, right in gaps:
        bins["right" if right else "wrong"][min(23, int(gap / top * 24))] += 1
    return bins


def read_run(directory, layers):
    """Figures of predictions.csv and scores.csv; {} without labels."""
    with open(directory / "predictions.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    if not rows or not rows[0]["label"]:
        return {}
    labels = [int(row["label"]) for row in rows]
    said = [int(row["chip"]) for row in rows]
    outputs = layers["layers"][-1]["outputs"]
    classes = max([2 if outputs == 1 else outputs] + [1 + label for label in labels])
    out = classification(labels, said, classes)
    out["agree_with_software"] = sum(row["chip"] == row["software"] for row in rows)
    with open(directory / "scores.csv", encoding="utf-8", newline="") as f:
        table = list(csv.reader(f))
    if not table[0][-1].startswith("score_") or outputs != classes:
        return out
    scores = [[float(v) for v in row[-classes:]] for row in table[1:]]
    out["cross_entropy"], out["temperature"] = cross_entropy(scores, labels)
    out["margins"] = margins(scores, said, labels)
    return out


# ---- the regression ----

def keep(path, entry):
    """Appends a run of the regression to the history, which forgets what is old."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    lines = lines[-(LAST - 1):] + [json.dumps(entry, sort_keys=True)]
    part = path.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(path)


def history(path):
    """Runs of the regression, oldest first; lines that are none are left out."""
    runs = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            run = json.loads(line)
            if isinstance(run, dict) and isinstance(run.get("tests"), dict):
                runs.append(run)
        except ValueError:
            continue
    return runs


PROOF = re.compile(r"^formal ([a-z][\w-]*?)(?:-([A-Z][\w=-]*))?: (.*)$", re.M)
CROSSES = re.compile(r"(\d+) of (\d+) crosses of modes")


def proofs(logs):
    """Module, parameters and how of each proof that these logs tell of."""
    found = {}
    for log in logs:
        for module, parameters, how in PROOF.findall(log):
            found[module, parameters.replace("-", ", ")] = how
    return [{"module": module, "parameters": parameters, "how": how}
            for (module, parameters), how in sorted(found.items())]


def crosses(logs):
    found = [match for log in logs for match in CROSSES.findall(log)]
    return {"met": int(found[-1][0]), "legal": int(found[-1][1])} if found else None


# ---- what has changed ----

RUN_SETTINGS = ("network", "backend", "configuration", "mesh_w", "mesh_h", "mapping", "coding",
                "device", "seed", "first", "images")
RUN_FIGURES = ("accuracy_chip", "accuracy_ideal_chip", "accuracy_software", "latency_cycles",
               "cycles_per_image", "energy_nj_per_image", "tops_w", "tops_mm2", "area_mm2", "tiles",
               "clipped", "vmms_checked")
RUN_METRICS = ("kappa", "macro_precision", "macro_recall", "macro_specificity", "macro_f1",
               "cross_entropy")
LAYER_FIGURES = ("tiles", "cells", "cycles_planned", "pj_per_image", "error_rms", "sqnr_db",
                 "clipped_low", "clipped_high", "saturated")


def flat_run(run):
    out = {key: run["layers"].get(key) for key in RUN_SETTINGS + RUN_FIGURES}
    out.update({key: run["metrics"].get(key) for key in RUN_METRICS})
    for layer in run["layers"]["layers"]:
        out.update({f"{layer['name']}: {key}": layer.get(key) for key in LAYER_FIGURES})
    return out


def flat(report):
    """One name and value for each figure that two reports can be compared by."""
    out = {}
    if (report.get("run") or {}).get("layers"):
        out.update(flat_run(report["run"]))
    if report.get("run"):
        out["verdict of the run"] = report["run"]["verdict"]
    for key, test in ((report.get("tests") or {}).get("tests") or {}).items():
        out[f"test {key}"] = test["state"]
        out[f"test {key}: checks"] = test["checks"]
    for module, score in ((report.get("mutation") or {}).get("modules") or {}).items():
        out[f"mutation {module}: killed"] = score["killed"]
    if report.get("proofs"):
        out["proofs"] = len(report["proofs"])
    return out


def difference(before, now):
    """Rows of what differs; a figure that only one of them has counts."""
    old, new = flat(before), flat(now)
    rows = []
    for key in [*new, *(k for k in old if k not in new)]:
        a, b = old.get(key), new.get(key)
        if a == b:
            continue
        numbers = all(isinstance(v, (int, float)) for v in (a, b))
        rows.append({"what": key, "before": a, "now": b,
                     "percent": 100 * (b - a) / abs(a) if numbers and a else None})
    return {"compared": len(set(old) | set(new)), "rows": rows,
            "date": before.get("date"), "commit": (before.get("project") or {}).get("commit")}
