"""Shows what checks have found: in a terminal, as JSON and in a notebook. Start at evidence.py."""
