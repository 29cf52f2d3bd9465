from __future__ import annotations

import configparser
import dataclasses
import pathlib
import typing as t


@dataclasses.dataclass(kw_only=True)
class Plan:
    keep: int
    suffixes: tuple[str, ...]
    excluded: set[str] = dataclasses.field(default_factory=set)

    @staticmethod
    def read(path: pathlib.Path) -> Plan:
        parser = configparser.ConfigParser()
        with path.open(encoding="utf-8") as stream:
            parser.read_file(stream)
        section = parser["backup"]
        return Plan(keep=section.getint("keep"), suffixes=tuple(section["suffixes"].split()))

    def wants(self, path: pathlib.Path) -> bool:
        return path.suffix in self.suffixes and path.name not in self.excluded

    def without(self, *names: str) -> Plan:
        return dataclasses.replace(self, excluded=self.excluded | set(names))


def chunked(items: t.Sequence[t.Any], size: int) -> t.Iterator[t.Sequence[t.Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
