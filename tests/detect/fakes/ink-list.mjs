// A list made with ink; a choice works for 4 s below a spinner, over a timer.
import fs from 'node:fs';
import React, {useState} from 'react';
import {render, Box, Text} from 'ink';
import SelectInput from 'ink-select-input';
import Spinner from 'ink-spinner';

const h = React.createElement;
const mark = label => fs.appendFileSync(process.env.DETECT_MARK, `${Date.now() / 1000} ${label}\n`);
const items = ['one', 'two', 'three'].map(label => ({label, value: label}));

function List() {
  const [busy, setBusy] = useState(false);
  const choose = () => {
    setBusy(true);
    mark('work');
    setTimeout(() => { setBusy(false); setTimeout(() => mark('ask'), 40); }, 4000);
  };
  return busy ? h(Box, null, h(Spinner), h(Text, null, ' Installing')) : h(SelectInput, {items, onSelect: choose});
}

render(h(List));
setTimeout(() => mark('ask'), 40);
setInterval(() => 0, 60000);
