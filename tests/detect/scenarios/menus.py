"""Menus, forms and yes-or-no boxes."""
from harness.registry import scenario


@scenario("fzf")
def menu_fzf(s):
    """fzf over a static list, typing, a choice"""
    s.bash("seq 1000 | fzf; echo chosen; sleep 5; read -p 'Again? [y/N] ' x")
    s.see("1000/1000")
    s.settled(0.4)
    s.waiting("menu", 3)
    s.type("77", 0.2)
    s.stay(1.2)
    s.enter()
    s.unsure()
    s.expect("chosen")
    s.busy(label="sleep after a choice")
    s.expect(r"N\] ")
    s.waiting("confirm", 2)


@scenario("fzf")
def menu_fzf_loading(s):
    """fzf whose list still grows: keys are taken all the while"""
    s.bash("(for i in $(seq 20); do echo item $i; sleep 0.2; done) | fzf")
    s.see("1/1|item 1")
    s.truth(["waiting", "processing", "active"], label="the list grows")
    s.see("20/20")
    s.settled(0.6)
    s.waiting("menu", 3.5)


@scenario("dialog")
def menu_dialog(s):
    """dialog: a menu, an input box, a gauge fed by a script, a yes-or-no box"""
    s.bash("""dialog --menu 'Pick one' 12 40 3 a Apple b Berry c Cherry 2>/dev/null
      dialog --inputbox 'Name' 8 40 2>/dev/null
      for i in 0 10 20 30 40 50 60 70 80 90 100; do echo $i; sleep 0.35; done | dialog --gauge 'Copying' 8 40
      dialog --yesno 'Reboot now?' 8 40""")
    s.see("Pick one")
    s.settled(0.4)
    s.waiting("menu", 3)
    s.enter()
    s.see("Name")
    s.settled(0.4)
    s.waiting(["line", "menu"], 3)
    s.enter("x")
    s.see("Copying")
    s.busy(label="gauge")
    s.see("Reboot")
    s.waiting(["confirm", "menu"], 3)


@scenario("dialog")
def menu_dialog_password(s):
    """dialog: a password box"""
    s.start("dialog", "--insecure", "--passwordbox", "Secret please", "8", "40")
    s.see("Secret please")
    s.settled(0.4)
    s.waiting(["password", "line", "menu"], 3.5)


@scenario("dialog")
def menu_dialog_pause(s):
    """dialog --infobox shows a note while a script works"""
    s.bash("dialog --infobox 'Please wait' 5 30; sleep 5; dialog --msgbox 'Finished' 6 30")
    s.see("Please wait")
    s.busy(label="infobox over a sleep")
    s.see("Finished")
    s.settled(0.3)
    s.waiting(["confirm", "menu"], 3)


@scenario("whiptail")
def menu_whiptail(s):
    """whiptail: a checklist, then a gauge"""
    s.bash("""whiptail --checklist 'Components' 12 40 3 a Apple on b Berry off c Cherry off 2>/dev/null
      for i in 0 10 20 30 40 50 60 70 80 90 100; do echo $i; sleep 0.3; done | whiptail --gauge 'Installing' 8 40 0
      whiptail --yesno 'Restart services?' 8 40""")
    s.see("Components")
    s.settled(0.4)
    s.waiting("menu", 3)
    s.enter()
    s.see("Installing")
    s.busy(label="gauge")
    s.see("Restart")
    s.waiting(["confirm", "menu"], 3)


@scenario("python3")
def menu_python_cursor_keys(s):
    """A menu moved by arrow keys, drawn on the normal screen without a caret"""
    s.python("menu.py")
    s.mark("ask")
    s.waiting("menu", 3)
    s.send("\x1b[B")
    s.stay(2)
    s.enter()
    s.busy(label="sleep")
    s.mark("ask")
    s.waiting("menu", 2.5)


@scenario("apt-get", "apt-cache", "root")
def confirm_apt(s):
    """apt-get asks whether to go on"""
    package = next((p for p in ("emacs-nox", "gimp", "wireshark", "inkscape") if not_yet_there(s, p)), None)
    s.need(package, "no package that apt-get could ask about")
    s.bash(f"exec apt-get -o Debug::NoLocking=1 -o Dir::Cache::archives=$TMPDIR --download-only install {package}")
    s.expect(r"\[Y/n\] ", timeout=40)
    s.waiting("confirm", 3.5)
    s.enter("n")
    s.unsure()
    s.expect("Abort")


def not_yet_there(s, package):
    policy = s.run(["apt-cache", "policy", package])
    return "Installed: (none)" in policy and "Candidate: (none)" not in policy


@scenario("aptitude", "root", heavy=True)
def menu_aptitude(s):
    """aptitude's full screen"""
    s.start("aptitude", "-s", "-o", "Debug::NoLocking=1")
    s.see("Actions", timeout=60)
    s.settled(1.5)
    s.waiting(["menu", "unknown"], 4)


@scenario("dpkg-deb", "dpkg", "root")
def confirm_dpkg_conffile(s):
    """dpkg finds a changed configuration file and asks"""
    for version, text in (("1", "one"), ("2", "two")):
        s.file(f"p{version}/DEBIAN/control", f"Package: bench-conf\nVersion: {version}\nArchitecture: all\nMaintainer: A <a@example.invalid>\nDescription: x\n")
        s.file(f"p{version}/DEBIAN/conffiles", "/etc/bench.conf\n")
        s.file(f"p{version}/etc/bench.conf", text + "\n")
        s.run(["dpkg-deb", "-b", f"p{version}", f"p{version}.deb"])
    s.run("mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates; touch root/var/lib/dpkg/status; dpkg --root=$PWD/root --force-script-chrootless -i p1.deb; echo mine > root/etc/bench.conf")
    s.start("dpkg", f"--root={s.world}/root", "--force-script-chrootless", "-i", "p2.deb")
    s.expect(r"default=N\] \? ")
    s.waiting(["confirm", "menu", "line", "question"], 3.5)


@scenario("rm")
def confirm_rm(s):
    """rm -i, file after file"""
    for name in "abc":
        s.file(name)
    s.start("rm", "-i", "a", "b", "c")
    for _ in range(2):
        s.expect(r"file '.'\? ")
        s.waiting("confirm", 2.5)
        s.enter("n")
    s.expect(r"file '.'\? ")
    s.waiting("confirm", 2)


@scenario("cp")
def confirm_cp(s):
    """cp -i over a file"""
    s.file("a")
    s.file("b")
    s.start("cp", "-i", "a", "b")
    s.expect(r"overwrite 'b'\? ")
    s.waiting("confirm", 3.5)


@scenario("unzip", "zip")
def confirm_unzip(s):
    """unzip: replace?"""
    s.file("a", "text")
    s.run("zip -q x.zip a")
    s.start("unzip", "x.zip")
    s.expect(r"ename: ")
    s.waiting(["confirm", "line", "menu", "question"], 3.5)


@scenario("git")
def confirm_git_add_p(s):
    """git add -p (a perl or built-in reader below git)"""
    s.run("git init -q r && cd r && seq 60 > f && git add f && git commit -qm x && sed -i 's/^5$/five/; s/^50$/fifty/' f")
    s.start("git", "-C", "r", "add", "-p")
    s.expect(r"\[[yn,\w?/]+\]\? ")
    s.waiting(["confirm", "menu", "question"], 3)
    s.enter("y")
    s.expect(r"\[[yn,\w?/]+\]\? ")
    s.waiting(["confirm", "menu", "question"], 2.5)


@scenario("git")
def confirm_git_clean(s):
    """git clean -i"""
    s.run("git init -q r && touch r/a r/b")
    s.start("git", "-C", "r", "clean", "-i")
    s.expect(r"What now.*> ")
    s.waiting(["menu", "repl", "line"], 3.5)


@scenario("npm")
def confirm_npm_init(s):
    """npm init: question after question"""
    s.run("mkdir p")
    s.bash("cd p; exec npm init", env={"npm_config_cache": str(s.world / "npm"), "npm_config_update_notifier": "false"})
    s.expect(r"package name: .*?\) ", timeout=40)
    s.settled(0.3)
    s.waiting(["line", "question", "menu"], 3)
    s.enter()
    s.expect(r"version: .*?\) ")
    s.waiting(["line", "question", "menu"], 3)


@scenario("pip")
def confirm_pip_uninstall(s):
    """pip uninstall: Proceed (Y/n)?"""
    s.run("python3 -m venv v --without-pip; d=$(echo v/lib/python3*/site-packages); mkdir -p $d/y-1.dist-info; printf 'Metadata-Version: 2.1\nName: y\nVersion: 1\n' > $d/y-1.dist-info/METADATA; echo pip > $d/y-1.dist-info/INSTALLER; touch $d/y.py; printf 'y.py,,\ny-1.dist-info/METADATA,,\ny-1.dist-info/RECORD,,\n' > $d/y-1.dist-info/RECORD")
    s.start("pip", "--python", s.world / "v", "uninstall", "y")
    s.expect(r"\(Y/n\)\? ", timeout=40)
    s.waiting("confirm", 3.5)


@scenario("cargo")
def confirm_cargo_login(s):
    """cargo login: a token is pasted"""
    s.start("cargo", "login", env={"CARGO_HOME": str(s.world / "cargo")})
    s.settled(0.8)
    s.waiting(["line", "auth", "unknown", "question", "password"], 3.5)
