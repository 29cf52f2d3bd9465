"""Decides what a change may be: rules, risk, static checks, approval."""
