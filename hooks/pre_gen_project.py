"""Checks the values again: a replay file skips the prompts, and with them the first check.

cookiecutter renders this line, and stops at a value that is not valid: {{ cookiecutter | checked }}
"""
