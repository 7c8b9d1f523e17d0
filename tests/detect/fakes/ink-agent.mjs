// A fake agent made with ink: a text box, a fetch, a permission list, a child process.
import fs from 'node:fs';
import {spawn} from 'node:child_process';
import React, {useState} from 'react';
import {render, Box, Text} from 'ink';
import TextInput from 'ink-text-input';
import SelectInput from 'ink-select-input';
import Spinner from 'ink-spinner';

const silent = process.argv.includes('--silent');
const h = React.createElement;
const mark = label => fs.appendFileSync(process.env.DETECT_MARK, `${Date.now() / 1000} ${label}\n`);
const later = label => setTimeout(() => mark(label), 40); // once ink has drawn

function Agent() {
  const [text, setText] = useState('');
  const [state, setState] = useState('idle');
  const become = next => { setState(next); next === 'busy' ? mark(next) : later(next); };
  const submit = async () => {
    setText('');
    become('busy');
    await (await fetch(`${process.env.DETECT_URL}/slow?s=4`)).text();
    become('permit');
  };
  const permit = () => {
    become('busy');
    spawn('sleep', ['4'], {stdio: ['ignore', 'pipe', 'pipe']}).on('close', () => become('idle'));
  };
  const busy = state === 'busy' && !silent && h(Text, {color: 'magenta'}, h(Spinner, {type: 'dots'}), ' Thinking');
  const menu = state === 'permit' && h(SelectInput, {items: [{label: 'Yes', value: 1}, {label: 'No', value: 0}], onSelect: permit});
  return h(Box, {flexDirection: 'column'}, busy, menu && h(Text, null, 'Allow Bash(sleep 4)?'), menu,
    h(Box, {borderStyle: 'round'}, h(Text, null, '> '), h(TextInput, {value: text, onChange: setText, onSubmit: submit, focus: state === 'idle'})));
}

render(h(Agent));
later('idle');
