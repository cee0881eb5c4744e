// Starts a real Bluesky data server and directory of identities on loopback in
// the folder argv[2], does what the lines of standard input say, and prints as
// JSON lines what was done and what a Jetstream makes of the server's firehose.
'use strict'
const net = require('node:net')

// Both servers would listen on all interfaces: bind them to loopback.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'object' && args[0] !== null) args[0] = { ...args[0], host: '127.0.0.1' }
  else if (typeof args[1] === 'string') args[1] = '127.0.0.1'
  else args.splice(1, 0, '127.0.0.1')
  return listen.apply(this, args)
}

// libsql takes and gives other kinds of binary values than better-sqlite3.
const Database = require('better-sqlite3')
const prepare = Database.prototype.prepare
const bind = (v) => Array.isArray(v) ? v.map(bind) : ArrayBuffer.isView(v) && !Buffer.isBuffer(v) ? Buffer.from(v.buffer, v.byteOffset, v.byteLength) : v
const give = (row) => {
  for (const k in row) if (row[k] instanceof ArrayBuffer) row[k] = Buffer.from(row[k])
  return row
}
Database.prototype.prepare = function (sql) {
  const st = prepare.call(this, sql)
  const { all, get, run, iterate } = st
  st.all = (...args) => all.apply(st, args.map(bind)).map(give)
  st.get = (...args) => give(get.apply(st, args.map(bind)))
  st.run = (...args) => run.apply(st, args.map(bind))
  st.iterate = function * (...args) { for (const row of iterate.apply(st, args.map(bind))) yield give(row) }
  return st
}

const readline = require('node:readline')
const { AtpAgent, RichText } = require('@atproto/api')
const { Secp256k1Keypair } = require('@atproto/crypto')
const { lexToJson } = require('@atproto/lexicon')
const pds = require('@atproto/pds')
const plc = require('@did-plc/server')
const { cborToLexRecord, readCar } = require('@atproto/repo')
const { Subscription } = require('@atproto/xrpc-server')

const print = (what) => process.stdout.write(JSON.stringify(what) + '\n')
const freePort = () => new Promise((resolve) => {
  const s = net.createServer().listen(0, () => { const { port } = s.address(); s.close(() => resolve(port)) })
})

async function start (folder) {
  const plcPort = await freePort()
  await plc.PlcServer.create({ db: plc.Database.mock(), port: plcPort }).start()
  const port = await freePort()
  const key = await Secp256k1Keypair.create({ exportable: true })
  const env = {
    devMode: true, port, hostname: 'localhost', dataDirectory: folder, blobstoreDiskLocation: folder + '/blobs',
    recoveryDidKey: key.did(), plcRotationKeyK256PrivateKeyHex: Buffer.from(await key.export()).toString('hex'),
    adminPassword: 'admin', jwtSecret: 'secret', serviceHandleDomains: ['.test'], inviteRequired: false,
    didPlcUrl: `http://127.0.0.1:${plcPort}`, disableSsrfProtection: true,
    bskyAppViewUrl: 'https://appview.invalid', bskyAppViewDid: 'did:example:invalid'
  }
  const server = await pds.PDS.create(pds.envToCfg(env), pds.envToSecrets(env))
  await server.start()
  return `http://127.0.0.1:${port}`
}

// events turns the firehose into the events of Jetstream version 1.
async function * events (url) {
  const firehose = new Subscription({
    service: url.replace('http', 'ws'), method: 'com.atproto.sync.subscribeRepos', getParams: () => ({ cursor: 0 }), validate: (v) => v
  })
  let last = 0
  for await (const e of firehose) {
    last = Math.max(last + 1, Date.parse(e.time) * 1000)
    const event = { did: e.repo || e.did, time_us: last }
    if (e.$type.endsWith('#account')) yield { ...event, kind: 'account', account: { active: e.active, did: e.did, seq: e.seq, status: e.status, time: e.time } }
    if (e.$type.endsWith('#identity')) yield { ...event, kind: 'identity', identity: { did: e.did, handle: e.handle, seq: e.seq, time: e.time } }
    if (!e.$type.endsWith('#commit')) continue
    const { blocks } = await readCar(e.blocks)
    for (const op of e.ops) {
      const [collection, rkey] = op.path.split('/')
      const commit = { rev: e.rev, operation: op.action, collection, rkey }
      if (op.cid) {
        commit.record = lexToJson(cborToLexRecord(blocks.get(op.cid)))
        commit.cid = op.cid.toString()
      }
      yield { ...event, time_us: last++, kind: 'commit', commit }
    }
  }
}

const agents = {}
const posts = {}

async function say (agent, text) {
  const rich = new RichText({ text })
  await rich.detectFacets(agent)
  return { $type: 'app.bsky.feed.post', text: rich.text, facets: rich.facets, langs: ['en'], createdAt: new Date().toISOString() }
}

async function act ({ act, who, name, text, extra }, url) {
  const agent = agents[who]
  const where = posts[name] && { repo: agent.session.did, collection: 'app.bsky.feed.post', rkey: posts[name].split('/').pop() }
  switch (act) {
    case 'account':
      agents[who] = new AtpAgent({ service: url })
      await agents[who].createAccount({ handle: who + '.test', email: who + '@example.com', password: 'secret-enough' })
      return agents[who].session.did
    case 'post':
      posts[name] = (await agent.com.atproto.repo.createRecord({ repo: agent.session.did, collection: 'app.bsky.feed.post', record: { ...await say(agent, text), ...extra } })).data.uri
      return posts[name]
    case 'edit':
      await agent.com.atproto.repo.putRecord({ ...where, record: await say(agent, text) })
      return posts[name]
    case 'delete':
      await agent.com.atproto.repo.deleteRecord(where)
      return posts[name]
    case 'deactivate':
      await agent.com.atproto.server.deactivateAccount({})
      return agent.session.did
  }
  throw new Error('unknown act ' + act)
}

async function main () {
  const url = await start(process.argv[2])
  print({ done: url })
  const stream = (async () => { for await (const event of events(url)) print({ event }) })()
  stream.catch((err) => print({ error: String(err) }))
  for await (const line of readline.createInterface({ input: process.stdin })) {
    print(await act(JSON.parse(line), url).then((done) => ({ done }), (err) => ({ error: String(err) })))
  }
  process.exit(0)
}

main().catch((err) => { print({ error: String(err.stack) }); process.exit(1) })
