"""Runs the rules for answers again: those of a replay file were never asked for.

cookiecutter fills in the next line before it runs this file; a bad answer ends the bake there.
Answers checked: {{ cookiecutter | checked }}
"""
