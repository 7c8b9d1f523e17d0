// A fake agent on node's own event loop: a composer, and turns that ask by HTTP/2, a Unix socket, datagrams, a daemon
// of its own, or a worker. What is typed is `WAY SECONDS`.
import dgram from 'node:dgram';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';

const mark = label => fs.appendFileSync(process.env.DETECT_MARK, `${Date.now() / 1000} ${label}\n`);
const has = name => process.argv.includes('--' + name);
const later = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));
const WORDS = ['Herding', 'Musing', 'Simmering', 'Pondering'];
let text = '', busy = false, frame = 0, since = 0, said = 'Ready.', kept = {};

function draw() {
  const rule = '─'.repeat(70), lines = ['\x1b[2J\x1b[H', said, ''];
  const seconds = Math.floor((Date.now() - since) / 1000);
  if (busy && has('words')) lines.push(`· ${WORDS[Math.floor(frame / 4) % 4]}… (${seconds}s)`);
  lines.push(rule, `> ${text}${has('caret') ? '' : '\x1b[7m \x1b[0m'}`, rule);
  const clock = new Date().toTimeString().slice(0, 8);
  const line = has('status') ? `  ${clock}  ${['main ✓', 'main ↑1', 'main *'][Math.floor(Date.now() / 1500) % 3]}` : '  ? help';
  lines.push(line);
  const back = has('caret') ? `\x1b[2A\r\x1b[${2 + text.length}C\x1b[?25h` : '\x1b[?25l';
  process.stdout.write(lines.join('\r\n') + back);
}

async function h2(seconds) {
  kept.h2 ??= http2.connect(process.env.DETECT_NODE_H2);
  const stream = kept.h2.request({':path': `/${seconds}`, ':method': 'POST', 'x-pad': 'y'.repeat(200)});
  stream.end('question');
  stream.resume();
  await once(stream, 'end');
}

async function unix(seconds) {
  kept.unix ??= net.connect(process.env.DETECT_UNIX);
  kept.unix.write(`wait=${seconds} ` + 'z'.repeat(200));
  await once(kept.unix, 'data');
}

async function udp(seconds) {
  kept.udp ??= dgram.createSocket('udp4');
  kept.udp.send(`wait=${seconds} ` + 'z'.repeat(300), Number(process.env.DETECT_UDP), '127.0.0.1');
  await once(kept.udp, 'message');
}

// A daemon of its own, which does the asking: a child with a server on a local port.
function daemon() {
  const script = `const http=require('http');http.createServer((q,r)=>{if(q.url=='/events'){r.writeHead(200);r.write('hello\\n');return}
    setTimeout(()=>r.end('x'.repeat(300)),1000*Number(q.url.slice(1)))}).listen(0,'127.0.0.1',function(){console.log(this.address().port)})`;
  const child = spawn(process.execPath, ['-e', script], {stdio: ['ignore', 'pipe', 'ignore']});
  return once(child.stdout, 'data').then(([data]) => Number(data));
}

const get = (port, path) => new Promise(resolve => http.get({port, host: '127.0.0.1', path, agent: kept.agent}, answer => {
  answer.on('data', () => 0).on('end', resolve);
}));

async function local(seconds) { await get(kept.port, '/' + seconds); }

async function post(seconds) {
  await (await fetch(`${process.env.DETECT_URL}/slow?s=${seconds}`, {method: 'POST', body: 'q'})).text();
}

async function stream(seconds) {
  const answer = await fetch(`${process.env.DETECT_URL}/sse?s=${seconds}&gap=0.25`);
  for await (const part of answer.body) { said += part.length ? ' word' : ''; draw(); }
}

async function worker(seconds) {
  const made = new Worker(`const end=Date.now()+${seconds}*1000;while(Date.now()<end);`, {eval: true});
  await once(made, 'exit');
}

async function tool(seconds) {
  await once(spawn('sleep', [seconds], {stdio: ['ignore', 'pipe', 'pipe']}), 'close');
}

async function server() {
  spawn('sleep', ['900'], {stdio: ['pipe', 'pipe', 'ignore']});
  said = 'The development server runs.';
  await later(0.3);
}

const ways = {h2, unix, udp, local, post, stream, worker, tool, server, timer: later};

async function turn(script) {
  busy = true; since = Date.now(); said = `> ${script}`;
  mark('busy'); draw();
  for (const phase of script.split(';')) { const [way, seconds] = phase.trim().split(' '); await ways[way](seconds); }
  busy = false; said += '\r\nI have done it.';
  draw(); setTimeout(() => mark('idle'), 20);
}

process.stdin.setRawMode(true).on('data', data => {
  for (const key of data.toString()) {
    if (key === '\r' && text && !busy) { const script = text; text = ''; turn(script); } else if (key >= ' ') text += key;
  }
  draw();
});
if (has('daemon')) { kept.port = await daemon(); http.get({port: kept.port, host: '127.0.0.1', path: '/events'}, answer => answer.resume()); }
if (has('status')) setInterval(draw, 500);
setInterval(() => { if (busy && has('words')) { frame++; draw(); } }, 250).unref();
if (has('poll')) setInterval(() => fetch(`${process.env.DETECT_URL}/drip?s=1&kb=30`).then(answer => answer.text()), 4000);
draw();
setTimeout(() => mark('idle'), 40);
