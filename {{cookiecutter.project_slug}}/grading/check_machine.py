"""Step 1: the machine."""


def check_containers_run_on(answered):
    """containers_run_on is the operating system of every container."""
    answered(containers_run_on="9d362113e6526875")


def check_doctor(answered):
    """problems is the number of problems that the doctor finds at the end: none."""
    answered(problems="7cf3765ef948e7c6")
