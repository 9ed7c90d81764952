"""Step 1: what the machine has to say."""


def check_containers_run_on(answered):
    """containers_run_on names the operating system that runs in every container."""
    answered(containers_run_on="9d362113e6526875")


def check_doctor(answered):
    """problems says what the doctor finds in the end: none at all."""
    answered(problems="7cf3765ef948e7c6")
