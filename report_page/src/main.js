// The report: reads the runs that the page carries, and shows them.
import { begin } from './begin.js';
import { openReport } from './store.js';

begin(openReport);
