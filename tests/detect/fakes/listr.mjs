// listr2's tasks, then a line is read without a prompt.
import fs from 'node:fs';
import {Listr} from 'listr2';

const mark = label => fs.appendFileSync(process.env.DETECT_MARK, `${Date.now() / 1000} ${label}\n`);
const pause = () => new Promise(resolve => setTimeout(resolve, 1500));
mark('work');
await new Listr([{title: 'Fetch', task: pause}, {title: 'Build', task: pause}, {title: 'Test', task: pause}]).run();
process.stdout.write('Press Enter to finish ');
process.stdin.resume();
process.stdin.once('data', () => process.exit(0));
mark('end');
