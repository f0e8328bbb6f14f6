"""Small charts as SVG, drawn on the server: bars of counts, stacked where there are several of a time."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

HEIGHT, STEP, GAP = 100, 10, 2  # of the drawing; on the page it is as large as its place


def bars(series: Sequence[str], columns: Sequence[Sequence[int]], titles: Sequence[str], label: str) -> Markup:
    """A column for each time, made of one count for each of the series, which have their colours by name. `titles`
    tells each column in words, `label` the whole; both are for those who do not see it as well."""
    largest = max((sum(column) for column in columns), default=0) or 1
    drawn = [
        _column(place, dict(zip(series, column, strict=True)), title, largest)
        for place, (column, title) in enumerate(zip(columns, titles, strict=True))
    ]
    opening = '<svg class="chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
    return Markup(opening).format(len(columns) * STEP, HEIGHT, label) + Markup("").join(drawn) + Markup("</svg>")


def _column(place: int, counts: Mapping[str, int], title: str, largest: int) -> Markup:
    parts, top = [], float(HEIGHT)
    for name, count in counts.items():
        height = max(count / largest * HEIGHT, 2.0) if count else 0.0  # one event among thousands is seen too
        top -= height
        if height:
            rect = '<rect class="bar-{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>'
            parts.append(Markup(rect).format(name, place * STEP, max(top, 0), STEP - GAP, height))
    if not parts:
        return Markup("")
    return Markup("<g><title>{}</title>").format(title) + Markup("").join(parts) + Markup("</g>")
