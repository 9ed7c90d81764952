"""Step 1: the machine."""


def check_containers_run_on(answered):
    """containers_run_on is the operating system of every container."""
    answered(containers_run_on="9d362113e6526875")


def check_kernel(answered):
    """container_uses_kernel and virtual_machine_uses_kernel say whose kernel each of them uses."""
    answered(
        container_uses_kernel="066c94bb126bd409", virtual_machine_uses_kernel="40db463959b08b3a"
    )


def check_doctor(answered):
    """problems is the number of problems that the doctor finds at the end: none."""
    answered(problems="7cf3765ef948e7c6")
