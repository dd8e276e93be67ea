"""A made-up month in Heim behind real addresses on this machine, for a first look without any real source."""

from signage.demo.portal import DemoPortal, last_addresses, replace_addresses

__all__ = ["DemoPortal", "last_addresses", "replace_addresses"]
