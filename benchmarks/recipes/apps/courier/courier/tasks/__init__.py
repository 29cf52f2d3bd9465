from . import mail, parcels, reports

__all__ = ["mail", "parcels", "reports"]
