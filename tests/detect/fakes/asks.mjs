// Asks by way of the library named, works 5 s, and asks again.
import fs from 'node:fs';

const mark = label => fs.appendFileSync(process.env.DETECT_MARK, `${Date.now() / 1000} ${label}\n`);
const later = () => setTimeout(() => mark('ask'), 40);
const pause = () => new Promise(resolve => setTimeout(resolve, 5000));

async function inquirer() {
  const {select} = await import('@inquirer/prompts');
  later();
  await select({message: 'Which one?', choices: [{value: 'one'}, {value: 'two'}]});
}

async function prompts() {
  const {default: ask} = await import('prompts');
  later();
  await ask({type: 'confirm', name: 'x', message: 'Deploy now?', initial: true});
}

async function enquirer() {
  const {default: lib} = await import('enquirer');
  later();
  await lib.prompt({type: 'select', name: 'x', message: 'Which one?', choices: ['one', 'two']});
}

async function clack() {
  const p = await import('@clack/prompts');
  later();
  await p.text({message: 'Project name?', placeholder: 'app'});
  const spinner = p.spinner();
  mark('work');
  spinner.start('Creating');
  await pause();
  spinner.stop('Created');
}

const ways = {inquirer, prompts, enquirer, clack};
for (;;) {
  await ways[process.argv[2]]();
  if (process.argv[2] === 'clack') continue;
  mark('work');
  console.log('Working on it');
  await pause();
}
