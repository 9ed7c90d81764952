"""What grade_class.py is made of: reading submissions, comparing them, writing pages."""
