"""A recipe for a library of your own: units of measure under names that it does not know."""

import ast

from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe

UNITS = {"metre": ("m", Risk.LOW), "foot": ("ft", Risk.MEDIUM), "ell": ("m", Risk.HIGH)}


@recipe("unit", "UnknownUnitError", example='length(3, "metre") -> length(3, "m")')
def unknown_unit(case):
    """Write the unit as the library calls it."""
    match = case.match(r"no unit '(\w+)'")
    if match and match[1] not in UNITS:
        yield Finding(f"the library has no unit {match[1]!r}, and no other name of one is known")
    for place in case.places if match and match[1] in UNITS else ():
        for node in place.nodes(ast.Constant):
            if node.value == match[1]:
                unit, risk = UNITS[match[1]]
                edit = place.source.replace(node, repr(unit))
                yield Candidate(f"{match[1]} -> {unit}", "what the library calls it", 0.9, (edit,), risk)
