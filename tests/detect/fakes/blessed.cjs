// A list made with blessed, on the alternate screen.
const fs = require('fs');
const blessed = require('blessed');

const screen = blessed.screen({smartCSR: true});
const list = blessed.list({parent: screen, keys: true, border: 'line', items: ['one', 'two', 'three'], style: {selected: {inverse: true}}});
list.focus();
screen.render();
setTimeout(() => fs.appendFileSync(process.env.DETECT_MARK, `${Date.now() / 1000} ask\n`), 50);
