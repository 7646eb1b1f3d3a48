"""A teacher's class."""
