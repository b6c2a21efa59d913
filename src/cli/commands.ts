import type { Command } from './command.ts'
import { connectorCheck } from './commands/connector-check.ts'
import { connectorDownload } from './commands/connector-download.ts'
import { connectorPackage } from './commands/connector-package.ts'
import { connectorCreate, connectorUpdate } from './commands/connector-publish.ts'
import { connectorLogin, connectorLogout } from './commands/connector-sign-in.ts'
import { connectorValidate } from './commands/connector-validate.ts'
import { demo } from './commands/demo.ts'
import { doctor } from './commands/doctor.ts'
import { flowCheck } from './commands/flow-check.ts'
import { flowRun } from './commands/flow-run.ts'
import { jobsList, jobsPause, jobsResume, jobsShow } from './commands/jobs.ts'
import { jobsDrop, jobsRetry } from './commands/jobs-change.ts'
import { keyCreate, keyList } from './commands/key.ts'
import { keyRevoke } from './commands/key-revoke.ts'
import { keyRotate } from './commands/key-rotate.ts'
import { keyScope } from './commands/key-scope.ts'
import { reconcile } from './commands/reconcile.ts'
import { referralGet, referralList } from './commands/referral.ts'
import { sandboxPowerApps } from './commands/sandbox-power-apps.ts'
import { serve } from './commands/serve.ts'
import { setupDataverse } from './commands/setup.ts'
import { storeCopy } from './commands/store.ts'
import { subscriptionsEnd, subscriptionsList } from './commands/subscriptions.ts'
import { sync } from './commands/sync.ts'
import { timeline, timelineExport } from './commands/timeline.ts'
import { trustList, trustRemove } from './commands/trust.ts'
import { trustAdd } from './commands/trust-add.ts'
import { trustCheck } from './commands/trust-check.ts'
import { trustFetch } from './commands/trust-fetch.ts'
import { validateCallback } from './commands/validate-callback.ts'
import { webhookRegister, webhookStatus, webhookTest, webhookUnregister } from './commands/webhook.ts'

/** Every command, in the order in which the help shows them. */
export const commands: readonly Command[] = [
  demo,
  serve,
  doctor,
  setupDataverse,
  keyCreate,
  keyList,
  keyScope,
  keyRotate,
  keyRevoke,
  subscriptionsList,
  subscriptionsEnd,
  webhookStatus,
  webhookRegister,
  webhookTest,
  webhookUnregister,
  trustList,
  trustCheck,
  trustFetch,
  trustAdd,
  trustRemove,
  sync,
  reconcile,
  timeline,
  timelineExport,
  jobsList,
  jobsShow,
  jobsRetry,
  jobsDrop,
  jobsPause,
  jobsResume,
  storeCopy,
  referralGet,
  referralList,
  validateCallback,
  connectorCheck,
  connectorLogin,
  connectorLogout,
  connectorValidate,
  connectorCreate,
  connectorUpdate,
  connectorDownload,
  sandboxPowerApps,
  connectorPackage,
  flowCheck,
  flowRun
]
