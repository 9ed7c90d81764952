"""Bakes the assignment for a class, grades submissions, and writes reports."""
