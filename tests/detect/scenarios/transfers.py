"""Downloads, copies and silent waits on a network; then the prompt is back."""
from harness.registry import scenario
from scenarios.work import RUNS, WORKS, in_shell


@scenario("curl")
def net_curl_bar(s):
    """curl downloads with a bar"""
    port = s.services.http()
    in_shell(s, f"curl -# -o f 'http://127.0.0.1:{port}/drip?s=4'", WORKS, "download")


@scenario("curl")
def net_curl_silent(s):
    """curl -s: a slow answer, nothing on the screen"""
    port = s.services.http()
    in_shell(s, f"curl -s -o f 'http://127.0.0.1:{port}/slow?s=4'", WORKS, "request out")


@scenario("wget")
def net_wget(s):
    """wget's bar"""
    port = s.services.http()
    in_shell(s, f"wget -O f 'http://127.0.0.1:{port}/drip?s=4'", WORKS, "download")


@scenario("wget")
def net_wget_quiet(s):
    """wget -q: bytes come in, nothing is shown"""
    port = s.services.http()
    in_shell(s, f"wget -q -O f 'http://127.0.0.1:{port}/drip?s=4'", WORKS, "silent download")


@scenario("pip")
def net_pip_download(s):
    """pip downloads a slow file with a bar, then unpacks it"""
    port = s.services.http(pip_index)
    in_shell(s, f"pip download -q --no-deps --progress-bar on --disable-pip-version-check -i http://127.0.0.1:{port}/simple slowpkg 2>&1 | tail -1", RUNS, "pip")


def pip_index(handler):
    """A package index of one package, which is never quite there."""
    if handler.path.startswith("/simple"):
        body = b'<a href="/drip/slowpkg-1.tar.gz?s=3&kb=900">slowpkg-1.tar.gz</a>'
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    else:
        handler.answer(404)


@scenario("npm")
def net_npm_install(s):
    """npm install waits for a slow registry, with its spinner"""
    port = s.services.http(lambda handler: handler.on_slow({"s": 5}))
    s.more = {"npm_config_registry": f"http://127.0.0.1:{port}/", "npm_config_cache": str(s.world / "npm"), "npm_config_fetch_retries": "0", "npm_config_update_notifier": "false"}
    in_shell(s, "npm install left-pad", WORKS, "npm", done="DONE\r\n")


@scenario("git")
def net_git_clone(s):
    """git clone waits for a slow server"""
    port = s.services.http()
    in_shell(s, f"git clone 'http://127.0.0.1:{port}/slow?s=4' r", WORKS, "git clone")


@scenario("python3")
def net_python_urlopen(s):
    """Python fetches, then asks"""
    port = s.services.http()
    s.start("/usr/bin/env", "python3", "-c", f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/slow?s=4').read(); input('Save? [y/n] ')")
    s.busy(label="loading and request")
    s.expect(r"n\] ")
    s.waiting("confirm", 3)


@scenario("node")
def net_node_fetch(s):
    """node fetches in silence without reading keys"""
    port = s.services.http()
    s.file("f.mjs", f"import fs from 'node:fs';\nfs.appendFileSync(process.env.DETECT_MARK, Date.now()/1000 + ' busy\\n');\nconst r = await fetch('http://127.0.0.1:{port}/slow?s=5'); console.log(await r.text()); console.log('FETCHED'); setTimeout(() => 0, 3000);\n")
    s.start("node", "f.mjs")
    s.mark("busy")
    s.processing(label="request out")
    s.expect("FETCHED")
    s.busy(2, label="timer")


@scenario("pv")
def net_pv(s):
    """pv shows a slow copy"""
    in_shell(s, "head -c 400000 /dev/zero | pv -L 100k > f", WORKS + ["active"], "pv")


@scenario("dd")
def net_dd(s):
    """dd status=progress from a slow pipe"""
    in_shell(s, "(for i in 1 2 3 4 5 6 7 8; do head -c 100000 /dev/zero; sleep 0.5; done) | dd of=f bs=1000 status=progress", RUNS, "dd")


@scenario("rsync")
def net_rsync(s):
    """rsync with a bandwidth limit"""
    s.run("head -c 900000 /dev/urandom > f; mkdir d")
    in_shell(s, "rsync --bwlimit=200 --progress f d/", WORKS + ["active"], "rsync")


@scenario("scp", "/usr/sbin/sshd", "root")
def net_scp(s):
    """scp with a rate limit: its meter moves once a second"""
    port, home, common = s.services.sshd()
    s.run("head -c 500000 /dev/urandom > f")
    in_shell(s, f"scp -q -l 900 -P {common[1]} {' '.join(common[2:])} -o StrictHostKeyChecking=no -i {home}/user f root@127.0.0.1:{s.world}/g", RUNS, "scp")


@scenario("nc")
def net_nc_listen(s):
    """nc listens for a connection that does not come"""
    s.bash(f"nc -l 127.0.0.1 {s.services.free_port()} < /dev/null; sleep 9")
    s.active(5, label="listens")
