"""A recipe for a library of one's own: units of measure by names that it does not know."""

import ast

from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe

MEANT = {"metre": ("m", Risk.LOW), "foot": ("ft", Risk.MEDIUM), "ell": ("m", Risk.HIGH)}


@recipe("unit", "UnknownUnitError", example='length(3, "metre") -> length(3, "m")')
def unknown_unit(case):
    """Write the unit as the library calls it."""
    found = case.match(r"no unit '(\w+)'")
    if found and found[1] not in MEANT:
        yield Finding(f"the library has no unit {found[1]!r}, and no other name of one is known")
    for place in case.places if found and found[1] in MEANT else ():
        for node in place.nodes(ast.Constant):
            if node.value == found[1]:
                unit, risk = MEANT[found[1]]
                edit = place.source.replace(node, repr(unit))
                yield Candidate(f"{found[1]} -> {unit}", "what the library calls it", 0.9, (edit,), risk)
