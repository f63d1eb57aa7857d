// How it stands with a run that is watched. No browser needed.
import { whole } from './format.js';

const QUIET_S = 60;

function ago(seconds) {
  if (seconds < 3600) return `${whole(Math.round(seconds / 60))} min`;
  return seconds < 172800 ? `${whole(Math.round(seconds / 3600))} h` : `${whole(Math.round(seconds / 86400))} days`;
}

/** How it stands with the run, in words: [class, short, long]. */
export function standing(news) {
  if (!news) return ['lost', 'no contact', 'Nobody answers any more: keras-v1-activity watch, or the notebook, has ended. The page shows what it had. Start it again, and open its new address.'];
  if (news.state === 'gone') return ['lost', 'run is gone', 'The folder of the run is gone or empty. The page shows what it had.'];
  const quiet = news.age_s > QUIET_S ? ago(news.age_s) : '';
  if (news.recording === false) return ['ended', quiet ? `ended, ${quiet} ago` : 'ended', 'No training has this folder open. Should one go on, its steps are added here.'];
  if (quiet) return ['quiet', `live, nothing for ${quiet}`, 'Training has the folder open, and has stored nothing for this time.'];
  return ['on', 'live', 'Each step is added as soon as it is stored.'];
}
