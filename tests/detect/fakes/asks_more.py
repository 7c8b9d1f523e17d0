"""Asks once by the library named."""
import sys
import threading

from mark import mark

CHOICES = ["apples", "pears", "plums"]
threading.Timer(0.5, mark, ["ask"]).start()
way = sys.argv[1]
if way == "inquirerpy":
    from InquirerPy import inquirer

    inquirer.select(message="Which fruit", choices=CHOICES).execute()
else:
    import questionary

    {
        "password": lambda: questionary.password("Your token"),
        "checkbox": lambda: questionary.checkbox("Which fruits", choices=CHOICES),
        "rawselect": lambda: questionary.rawselect("Which fruit", choices=CHOICES),
    }[way]().ask()
