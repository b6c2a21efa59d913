import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Service } from '../../compose.ts'
import { failures } from '../../failure.ts'
import type { TestEventResult, WebhookRegistration } from '../../schemas/webhook-registration.ts'
import { isAtFormerUrl } from '../../sync/guard-registration.ts'
import {
  type Registered,
  type RegistrationPorts,
  registerWebhook,
  registrationStatus,
  requireCallbackUrl,
  unregisterWebhook
} from '../../sync/register-webhook.ts'
import { wishedRegistration } from '../../sync/registration-marks.ts'
import { sendTestEvent } from '../../sync/send-test-event.ts'
import type { Command, Terminal } from '../command.ts'
import { table } from '../table.ts'
import { withService } from '../with-service.ts'

const options = { json: { type: 'boolean', text: 'Print JSON.' } } as const

export const webhookStatus: Command = {
  name: 'webhook status',
  summary: 'Show where Partner Center sends its events',
  description: 'Reads only. Exit code 1 unless all events come to this service, at PUBLIC_URL.',
  options,
  examples: ['referral-connector webhook status'],
  run: ({ options }, terminal) =>
    withService(terminal, async service => {
      const url = requireCallbackUrl(service.callbackUrl)
      const status = await registrationStatus(url, portsOf(service))
      if (options.json) terminal.out(JSON.stringify(status))
      else show(status, isAtFormerUrl(status, url, await wishedRegistration(service.store.marks)), terminal)
      return status.state === 'ours' ? 0 : 1
    })
}

export const webhookRegister: Command = {
  name: 'webhook register',
  summary: 'Make Partner Center send its events to this service',
  description:
    'Events go to PUBLIC_URL from then on. There is one registration for each tenant; running it again changes nothing. A former address of this service is replaced.',
  options: { ...options, overwrite: { type: 'boolean', text: 'Take the place of another system, which gets no events any more.' } },
  examples: ['referral-connector webhook register', 'referral-connector webhook register --overwrite'],
  run: ({ options }, terminal) =>
    withService(terminal, async service => {
      const wanted = { url: requireCallbackUrl(service.callbackUrl), overwrite: options.overwrite === true }
      const registered = await registerWebhook(wanted, portsOf(service))
      if (options.json) terminal.out(JSON.stringify({ action: registered.action, ...registered.status }))
      else terminal.out(registeredText(registered))
      return 0
    })
}

export const webhookTest: Command = {
  name: 'webhook test',
  summary: 'Have Partner Center send a test event, and wait for it',
  description:
    'The service must be running. Waits at most a minute; Partner Center allows two tests a minute. Exit code 1 unless it arrived.',
  options,
  heedsSignal: true,
  examples: ['referral-connector webhook test'],
  run: ({ options }, terminal) =>
    withService(terminal, async service => {
      const wait = (ms: number, signal: AbortSignal): Promise<unknown> => pause(ms, undefined, { signal })
      const result = await sendTestEvent(
        { ...portsOf(service), wait },
        { url: requireCallbackUrl(service.callbackUrl), signal: terminal.signal, report: terminal.note }
      )
      if (options.json) terminal.out(JSON.stringify(result))
      else terminal.out(inWords[result.state])
      if (result.state === 'failed') terminal.note(`WEBHOOK_TEST_FAILED: ${failures.WEBHOOK_TEST_FAILED.advice}`)
      return result.state === 'delivered' ? 0 : 1
    })
}

export const webhookUnregister: Command = {
  name: 'webhook unregister',
  summary: 'Make Partner Center send this service no events any more',
  description: 'A registration cannot be deleted: it stays, without events. Another system that is registered is left alone.',
  options,
  examples: ['referral-connector webhook unregister'],
  run: ({ options }, terminal) =>
    withService(terminal, async service => {
      const status = await unregisterWebhook({ url: requireCallbackUrl(service.callbackUrl) }, portsOf(service))
      if (options.json) terminal.out(JSON.stringify(status))
      else terminal.out('Partner Center sends this service no events about referrals.')
      if (status.events.length > 0) terminal.note(`Still registered: ${status.events.join(', ')}.`)
      return 0
    })
}

function portsOf({ registrations, store: { marks }, now }: Service): RegistrationPorts {
  return { registrations, marks, now, call: { correlationId: randomUUID() } }
}

const inWords: Record<TestEventResult['state'], string> = {
  delivered: 'The test event arrived.',
  failed: 'The test event did not arrive: every try failed.',
  pending: 'Whether the test event arrives is not known yet: Partner Center had not finished trying when the wait ended.'
}

function registeredText({ action, status: { url }, replaced }: Registered): string {
  if (action === 'none') return `Events come to ${url} already.`
  const whose = action === 'move' ? 'the former address of this service' : 'another system, which gets none any more'
  return [`Events come to ${url} from now on.`, ...(replaced === undefined ? [] : [`They went to ${whose}: ${replaced}`])].join('\n')
}

function show(status: WebhookRegistration, isFormer: boolean, terminal: Terminal): void {
  const { state, url = 'nowhere', events, missingEvents, signatureInMsHeader, lastModified } = status
  const signature = signatureInMsHeader === undefined ? 'not said' : signatureInMsHeader ? 'x-ms-signature' : 'Authorization'
  terminal.out(
    table(
      ['', 'Registration'],
      [
        ['State', state],
        ['URL', url],
        ['Events', events.length > 0 ? events : 'none'],
        ['Missing', missingEvents.length > 0 ? missingEvents : 'none'],
        ['Signature in', signature],
        ['Last changed', lastModified ?? 'not said']
      ]
    )
  )
  if (isFormer) terminal.note('This is a former address of this service: «referral-connector webhook register» moves the registration.')
  else if (state === 'taken') terminal.note(`WEBHOOK_TAKEN: ${failures.WEBHOOK_TAKEN.advice}`)
  else if (state !== 'ours') terminal.note(`WEBHOOK_NOT_REGISTERED: ${failures.WEBHOOK_NOT_REGISTERED.advice}`)
}
