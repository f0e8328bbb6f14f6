"""Built collectors: the current script of a pipeline as its pages load it, taken along byte for byte. Building it again
would publish changes that nobody has published yet, and be another file to pages that say which one they want."""

from collections.abc import Sequence
from typing import Any

from chalicelib.collector import builds, publishing
from chalicelib.collector.publishing import Place
from chalicelib.collector.table import CollectorBuild

from ..copy_back import Compared, Wanted
from ..side_by_side import side_by_side
from ..tables import Item

NOUN = "collector-scripts"


def script_of(build: Item) -> Item | None:
    """The script of a build that is ready, and that for people; None when they are gone from the bucket."""
    place = builds.place_of(CollectorBuild.from_raw_data(dict(build)))
    content, readable = (_read(place, path) for path in (place.immutable_path, place.readable_path))
    if content is None or readable is None:
        return None
    about = {name: getattr(place, name) for name in Place.__slots__}
    return about | {"content": content.decode(), "readable": readable.decode()}


class Scripts:
    """The way into the bucket of collectors."""

    def __init__(self, wanted: Wanted) -> None:
        self.found = Compared()
        self._wanted = wanted

    def take(self, scripts: Sequence[Item]) -> None:
        """Compare these with what pages load, and publish what is wanted of them."""
        for place, kind in side_by_side(self._taken, scripts):
            self.found.count(kind, place.pointer_path)

    def _taken(self, script: Item) -> tuple[Place, str]:
        content, readable = script["content"].encode(), script["readable"].encode()
        place = Place(**{name: script[name] for name in Place.__slots__})
        kept = _read(place, place.immutable_path)
        now = _read(place, place.pointer_path) if place.served else kept
        if now == content and kept is not None:
            return place, "same"
        if self._wanted.about(now):
            publishing.keep(place, content, readable)
            if place.served:
                publishing.point_to(place, content)
        return place, "missing" if now is None else "different"


def _read(place: Place, path: str) -> Any:
    return publishing.read_path(place.delivery_method, path)
