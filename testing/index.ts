/** What `import 'rollcall/testing'` gives. */
export * from './api.js'
