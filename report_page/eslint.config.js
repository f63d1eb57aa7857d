import js from '@eslint/js';
import globals from 'globals';

// Names of layers, populations and runs are a user's: they may be text only, never markup.
const markup = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write', 'writeln', 'srcdoc'];

export default [
  js.configs.recommended,
  {
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-properties': ['error', ...markup.map((property) => ({ property }))],
    },
  },
  { files: ['src/**'], languageOptions: { globals: globals.browser } },
  { files: ['tests/**', '*.mjs', '*.js'], languageOptions: { globals: globals.node } },
];
