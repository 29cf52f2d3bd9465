from backup.plan import Plan

__all__ = ("Plan",)
