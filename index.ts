/** What `import 'rollcall'` gives. */
export * from './api.js'
