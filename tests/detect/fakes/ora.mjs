// ora's spinner over a timer, then a question.
import fs from 'node:fs';
import readline from 'node:readline/promises';
import ora from 'ora';

const mark = label => fs.appendFileSync(process.env.DETECT_MARK, `${Date.now() / 1000} ${label}\n`);
const spinner = ora('Deploying').start();
mark('work');
await new Promise(resolve => setTimeout(resolve, 4000));
spinner.succeed();
const rl = readline.createInterface({input: process.stdin, output: process.stdout});
const answer = rl.question('Promote to production? (y/N) ');
mark('ask');
await answer;
rl.close();
