"""How a fake tells the harness when something truly happened."""
import os
import time


def mark(label):
    """Writes the present moment and a label where the harness looks."""
    with open(os.environ["DETECT_MARK"], "a") as file:
        file.write(f"{time.time():.6f} {label}\n")
