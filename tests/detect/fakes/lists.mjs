// Real lists and lines of the libraries that programs ask with; each is asked twice, with work between.
import fs from 'node:fs';

const mark = label => fs.appendFileSync(process.env.DETECT_MARK, `${Date.now() / 1000} ${label}\n`);
const pause = () => new Promise(resolve => setTimeout(resolve, 3500));
const later = () => setTimeout(() => mark('ask'), 60);
const choices = [{value: 'npm'}, {value: 'yarn'}, {value: 'pnpm'}];
const {select, checkbox, rawlist, password, input, confirm, expand} = await import('@inquirer/prompts');
const clack = await import('@clack/prompts');
const {default: enquirer} = await import('enquirer');
const {default: prompts} = await import('prompts');
const options = ['npm', 'yarn', 'pnpm'].map(value => ({value, label: value}));
const ways = {
  select: () => select({message: 'Which package manager do you use?', choices}),
  checkbox: () => checkbox({message: 'Select what to install', choices}),
  rawlist: () => rawlist({message: 'Which package manager', choices}),
  password: () => password({message: 'Token:', mask: '*'}),
  input: () => input({message: 'Project name:', default: 'app'}),
  confirm: () => confirm({message: 'Overwrite the directory?'}),
  'clack-select': () => clack.select({message: 'Pick a package manager', options}),
  'clack-multi': () => clack.multiselect({message: 'Pick some', options, required: false}),
  'clack-password': () => clack.password({message: 'Your password'}),
  'enquirer-select': () => enquirer.prompt({type: 'select', name: 'x', message: 'Which package manager', choices: ['npm', 'yarn', 'pnpm']}),
  'enquirer-password': () => enquirer.prompt({type: 'password', name: 'x', message: 'Passphrase'}),
  'prompts-select': () => prompts({type: 'select', name: 'x', message: 'Pick a manager', choices: options.map(({value}) => ({title: value, value}))}),
  'prompts-password': () => prompts({type: 'password', name: 'x', message: 'Secret word'}),
};
for (;;) {
  later();
  await ways[process.argv[2]]();
  mark('work');
  console.log('Working on it');
  await pause();
}
