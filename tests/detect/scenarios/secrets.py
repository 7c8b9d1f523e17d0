"""Passwords and passphrases: asked without echo, often by setuid programs or agents elsewhere."""
from harness.registry import scenario


@scenario("bash")
def secret_read_s(s):
    """bash read -s"""
    s.bash("read -sp 'Password: ' x; echo; sleep 5; read -sp 'Again: ' x; sleep 1")
    s.expect("Password: ")
    s.waiting("password", 3)
    s.enter("hunter2")
    s.busy(label="sleep")
    s.expect("Again: ")
    s.waiting("password", 2.5)


@scenario("python3")
def secret_getpass(s):
    """Python getpass opens /dev/tty"""
    s.start("/usr/bin/env", "python3", "-c", "import getpass, time; getpass.getpass(); time.sleep(5); getpass.getpass('Once more: ')")
    s.expect("Password: ")
    s.waiting("password", 3)
    s.enter("hunter2")
    s.busy(label="sleep")
    s.expect("Once more: ")
    s.waiting("password", 2)


@scenario("su", "setpriv", "root")
def secret_su(s):
    """su asks for root's password, refuses a wrong one after a delay"""
    s.start("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "su", "root")
    s.expect("Password: ")
    s.waiting("password", 3.5)
    s.enter("wrong")
    s.busy(label="PAM's delay")
    s.expect("failure")
    s.close_truth(s.t)


@scenario("su", "setpriv", user="nobody")
def secret_su_setuid(s):
    """The same by an ordinary user: the reader is setuid and can't be inspected"""
    s.start("su", "root")
    s.expect("Password: ")
    s.waiting("password", 3.5)
    s.enter("wrong")
    s.busy(label="PAM's delay")
    s.expect("failure")
    s.close_truth(s.t)


@scenario("sudo", "setpriv", user="nobody")
def secret_sudo(s):
    """sudo by an ordinary user: asks, says sorry, asks again"""
    s.start("bash", "--norc", "-i", env={"PS1": "$ "})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    s.enter("sudo -k; sudo -p 'Password for sudo: ' true")
    s.unsure()
    s.expect(r"[\r\n]Password for sudo: ")
    s.waiting("password", 3)
    s.enter("wrong")
    s.busy(label="PAM's delay")
    s.expect("Password for sudo: ")
    s.waiting("password", 2.5)
    s.send("\x03")
    s.unsure()
    s.expect(r"\$ ")
    s.waiting("shell", 2)


@scenario("ssh-keygen")
def secret_ssh_keygen(s):
    """ssh-keygen: a file name, then a passphrase twice"""
    s.start("ssh-keygen", "-t", "ed25519")
    s.expect(r"save the key .*: ")
    s.waiting(["line"], 2.5)
    s.enter(str(s.world / "key"))
    s.expect("passphrase.*: ")
    s.waiting("password", 2.5)
    s.enter("long enough")
    s.expect("again: ")
    s.waiting("password", 2.5)


@scenario("openssl")
def secret_openssl(s):
    """openssl asks for an encryption password"""
    s.file("plain", "text")
    s.start("openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-in", s.world / "plain", "-out", s.world / "out")
    s.expect("password:")
    s.waiting("password", 3)
    s.enter("abc")
    s.expect("password:")
    s.waiting("password", 2)


@scenario("gpg", "pinentry-curses")
def secret_gpg_pinentry(s):
    """gpg: the passphrase is read by pinentry, started by a daemon elsewhere"""
    s.file("plain", "text")
    home = s.world / "gnupg"
    home.mkdir(mode=0o700)
    s.file("gnupg/gpg-agent.conf", f"pinentry-program {s.which('pinentry-curses')}\n")
    s.bash("export GPG_TTY=$(tty); gpg --homedir $TMPDIR/gnupg -c plain; sleep 5")
    s.see("Passphrase")
    s.settled(0.4)
    s.waiting(["password", "menu", "unknown"], 4)


@scenario("git", "curl")
def secret_git_credentials(s):
    """git over HTTP asks for a user and a password"""
    port = s.services.http()
    s.start("git", "clone", f"http://127.0.0.1:{port}/auth/x.git", env={"GIT_ASKPASS": "", "SSH_ASKPASS": ""})
    s.expect("Username for .*: ")
    s.waiting(["line"], 3)
    s.enter("bob")
    s.expect("Password for .*: ")
    s.waiting("password", 3)


@scenario("curl")
def secret_curl_user(s):
    """curl -u asks for the password, then a slow answer"""
    port = s.services.http()
    s.start("curl", "-s", "-u", "bob", f"http://127.0.0.1:{port}/slow?s=3.5")
    s.expect("password for.*:")
    s.waiting("password", 3)
    s.enter("x")
    s.processing(label="request out")
    s.expect("ready")
    s.close_truth(s.t)


@scenario("ssh", "/usr/sbin/sshd", "root")
def secret_ssh_password(s):
    """ssh: an unknown host, then a password"""
    port, _, common = s.services.sshd()
    s.start("ssh", *common, "-o", "PubkeyAuthentication=no", "root@127.0.0.1")
    s.expect(r"fingerprint\]\)\? ")
    s.waiting("confirm", 3)
    s.enter("yes")
    s.expect("password: ")
    s.waiting("password", 3)
    s.enter("wrong")
    s.unsure()
    s.expect("password: ")
    s.waiting("password", 2)


@scenario("ssh-keygen", "ssh", "/usr/sbin/sshd", "root")
def secret_ssh_passphrase(s):
    """ssh: the key's passphrase"""
    port, home, common = s.services.sshd()
    s.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "long enough", "-f", str(home / "user")])
    s.start("ssh", *common, "-o", "StrictHostKeyChecking=no", "-i", home / "user", "root@127.0.0.1")
    s.expect("Enter passphrase.*: ")
    s.waiting("password", 3)


@scenario("passwd", user="nobody")
def secret_passwd(s):
    """passwd by an ordinary user"""
    s.start("passwd")
    s.expect("assword: ")
    s.waiting("password", 3)


@scenario("zip")
def secret_zip(s):
    """zip -e: a password twice"""
    s.file("plain", "text")
    s.start("zip", "-e", "out.zip", "plain")
    s.expect("password: ")
    s.waiting("password", 2.5)
    s.enter("a")
    s.expect("password: ")
    s.waiting("password", 2)


@scenario("bash")
def secret_stars(s):
    """A script that shows stars: raw reads of one key without echo"""
    s.bash("""printf 'PIN: '; p=; while IFS= read -rsn1 c; do [ -z "$c" ] && break; p=$p$c; printf '*'; done; echo
      sleep 5; read -p 'Done. Log out? [Y/n] ' x""")
    s.expect("PIN: ")
    s.waiting(["password", "line"], 2)
    s.type("1234", 0.2)
    s.stay(1)
    s.enter()
    s.busy(label="sleep")
    s.expect(r"n\] ")
    s.waiting("confirm", 2)
