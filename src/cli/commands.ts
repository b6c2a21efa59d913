import type { Command } from './command.ts'

/**
 * Every command by its name, in the order in which the help shows them. Each is loaded when it is wanted: one may need half of the house, and none
 * of them all of it.
 */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./commands/demo.ts')).demo,
  serve: async () => (await import('./commands/serve.ts')).serve,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  'setup dataverse': async () => (await import('./commands/setup.ts')).setupDataverse,
  'key create': async () => (await import('./commands/key.ts')).keyCreate,
  'key list': async () => (await import('./commands/key.ts')).keyList,
  'key scope': async () => (await import('./commands/key-scope.ts')).keyScope,
  'key rotate': async () => (await import('./commands/key-rotate.ts')).keyRotate,
  'key revoke': async () => (await import('./commands/key-revoke.ts')).keyRevoke,
  'subscriptions list': async () => (await import('./commands/subscriptions.ts')).subscriptionsList,
  'subscriptions end': async () => (await import('./commands/subscriptions.ts')).subscriptionsEnd,
  'webhook status': async () => (await import('./commands/webhook.ts')).webhookStatus,
  'webhook register': async () => (await import('./commands/webhook.ts')).webhookRegister,
  'webhook test': async () => (await import('./commands/webhook.ts')).webhookTest,
  'webhook unregister': async () => (await import('./commands/webhook.ts')).webhookUnregister,
  'trust list': async () => (await import('./commands/trust.ts')).trustList,
  'trust check': async () => (await import('./commands/trust-check.ts')).trustCheck,
  'trust fetch': async () => (await import('./commands/trust-fetch.ts')).trustFetch,
  'trust add': async () => (await import('./commands/trust-add.ts')).trustAdd,
  'trust remove': async () => (await import('./commands/trust.ts')).trustRemove,
  sync: async () => (await import('./commands/sync.ts')).sync,
  reconcile: async () => (await import('./commands/reconcile.ts')).reconcile,
  timeline: async () => (await import('./commands/timeline.ts')).timeline,
  'timeline export': async () => (await import('./commands/timeline.ts')).timelineExport,
  'jobs list': async () => (await import('./commands/jobs.ts')).jobsList,
  'jobs show': async () => (await import('./commands/jobs.ts')).jobsShow,
  'jobs retry': async () => (await import('./commands/jobs-change.ts')).jobsRetry,
  'jobs drop': async () => (await import('./commands/jobs-change.ts')).jobsDrop,
  'jobs pause': async () => (await import('./commands/jobs.ts')).jobsPause,
  'jobs resume': async () => (await import('./commands/jobs.ts')).jobsResume,
  'store copy': async () => (await import('./commands/store.ts')).storeCopy,
  'referral get': async () => (await import('./commands/referral.ts')).referralGet,
  'referral list': async () => (await import('./commands/referral.ts')).referralList,
  'validate-callback': async () => (await import('./commands/validate-callback.ts')).validateCallback,
  'connector check': async () => (await import('./commands/connector-check.ts')).connectorCheck,
  'connector login': async () => (await import('./commands/connector-sign-in.ts')).connectorLogin,
  'connector logout': async () => (await import('./commands/connector-sign-in.ts')).connectorLogout,
  'connector validate': async () => (await import('./commands/connector-validate.ts')).connectorValidate,
  'connector create': async () => (await import('./commands/connector-publish.ts')).connectorCreate,
  'connector update': async () => (await import('./commands/connector-publish.ts')).connectorUpdate,
  'connector download': async () => (await import('./commands/connector-download.ts')).connectorDownload,
  'sandbox power-apps': async () => (await import('./commands/sandbox-power-apps.ts')).sandboxPowerApps,
  'connector package': async () => (await import('./commands/connector-package.ts')).connectorPackage,
  'flow check': async () => (await import('./commands/flow-check.ts')).flowCheck,
  'flow run': async () => (await import('./commands/flow-run.ts')).flowRun
}

export const everyCommand = (): Promise<Command[]> => Promise.all(Object.values(commands).map(load => load()))
