# SPDX-License-Identifier: Apache-2.0
"""A line figure as SVG, without any library."""
from xml.sax.saxutils import escape

COLOURS = ("#1b6ca8", "#2a9d5c", "#d1495b", "#8d6a9f", "#c77b0a")
STEP, HEIGHT, LEFT, TOP, FOOT, TALLEST = 46, 240, 56, 56, 150, 70.0


def curves(path, title, names, series, limit, mark=None):
    """One point for each name, one line for each of series {title: values}; values above TALLEST
    are drawn there. limit: a horizontal line; mark: the name to point out."""
    width = max(LEFT + STEP * len(names) + 20, 520)
    floor = TOP + HEIGHT
    x = lambda k: LEFT + STEP * (k + 0.5)
    y = lambda v: floor - HEIGHT * min(max(v, 0.0), TALLEST) / TALLEST
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{floor + FOOT}" '
           'font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="{LEFT}" y="20" font-size="14">{escape(title)}</text>']
    for v in range(0, int(TALLEST) + 1, 10):
        out.append(f'<line x1="{LEFT}" x2="{LEFT + STEP * len(names)}" y1="{y(v):.1f}" '
                   f'y2="{y(v):.1f}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y(v) + 4:.1f}" text-anchor="end">{v}</text>')
    out.append(f'<line x1="{LEFT}" x2="{LEFT + STEP * len(names)}" y1="{y(limit):.1f}" '
               f'y2="{y(limit):.1f}" stroke="#888" stroke-dasharray="5 4"/>')
    for k, name in enumerate(names):
        weight = ' font-weight="bold" fill="#d1495b"' if name == mark else ""
        out.append(f'<text transform="translate({x(k) + 4:.1f},{floor + 14}) rotate(60)"{weight}>'
                   f'{escape(name)}</text>')
    for k, (what, values) in enumerate(series.items()):
        colour = COLOURS[k % len(COLOURS)]
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(values))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x(i):.1f}" cy="{y(v):.1f}" r="3" fill="{colour}"/>'
                for i, v in enumerate(values)]
        out.append(f'<text x="{LEFT + 130 * k}" y="40" fill="{colour}">{escape(what)}</text>')
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n</svg>\n")
