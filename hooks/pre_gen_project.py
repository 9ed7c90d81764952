"""Runs the rules for answers again: those of a replay file were never asked for.

The next line is filled in while cookiecutter reads this file; a bad answer ends
the bake there. There is nothing left to do when this file runs.
Answers checked: {{ cookiecutter | checked }}
"""
