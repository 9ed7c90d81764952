"""What the reviews promise, asked for at their addresses: see test_api.py and test_page.py."""
