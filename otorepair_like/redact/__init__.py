"""Mask secrets in prompts, history and logs: first known values, then everything shaped like a credential."""

from otorepair_like.redact.files import holds_secrets
from otorepair_like.redact.names import secret_like
from otorepair_like.redact.redactor import Redactor
from otorepair_like.redact.values import masked

__all__ = ["Redactor", "holds_secrets", "masked", "secret_like"]
