/** Types of the service's operations, made from its OpenAPI document by scripts/connector.ts. */
export interface paths {
    "/v1/validate-callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Validate a callback
         * @description Proves that a callback comes from Partner Center: the signature over its content, the certificate and its path to a pinned root. Fails when it is forged.
         */
        post: operations["ValidateCallback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/referrals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List referrals
         * @description Lists the referrals that the signed-in partner account may see, a page at a time.
         */
        get: operations["ListReferrals"];
        put?: never;
        /**
         * Create a referral
         * @description Creates a deal of your own in Partner Center. Sent again within ten minutes, the same body gives the same referral.
         */
        post: operations["CreateReferral"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/referrals/{referralId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a referral
         * @description Reads a referral from Partner Center as it is now.
         */
        get: operations["GetReferral"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Update a referral
         * @description Writes the given fields of a referral that are different. A closed referral cannot be edited.
         */
        patch: operations["UpdateReferral"];
        trace?: never;
    };
    "/v1/referrals/{referralId}/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sync a referral
         * @description Reads a referral, maps it, upserts its lead and writes the id of the lead back, in one call. A second run changes nothing.
         */
        post: operations["SyncReferral"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leads/{referralId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Upsert a lead
         * @description Creates the lead of a referral in the CRM, or updates the one that is there. With no field filled in, the service reads the referral and maps it.
         */
        put: operations["UpsertLead"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/lead-schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the schema of the custom columns
         * @description Tells which columns of your own the lead has in your CRM, for the designer of flows. Lookups are not among them: UpsertLead takes them by name.
         */
        get: operations["GetLeadSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/choices/{list}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List choices
         * @description Lists the values of a field for the designer of flows. Where Partner Center documents no list, they are those that the latest referrals of the account use.
         */
        get: operations["ListChoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/attention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * When a sync needs attention
         * @description Tells what has failed for good and waits for a person: a referral that is not in step, or a subscription that is not told.
         */
        get: operations["WhenSyncNeedsAttention"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/referrals/{referralId}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a timeline
         * @description Tells what happened to a referral here, and why, oldest first.
         */
        get: operations["GetTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List subscriptions
         * @description Lists the caller's own subscriptions.
         */
        get: operations["ListSubscriptions"];
        put?: never;
        /**
         * When a referral changes
         * @description Has each verified event sent to an address, with the referral and the lead it would make. There is one subscription for each address: sent again, it changes the events. A message that is not answered with 2xx is sent again for three days, or for two hours when it is itself refused (400, 422); 410 ends the subscription.
         */
        post: operations["WhenReferralChanges"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a subscription
         * @description Ends a subscription, whoever made it: its id is told to its maker only, so knowing it is the right to end it. One that is not there is no error.
         */
        delete: operations["Unsubscribe"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-registration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the webhook registration
         * @description Tells whether Partner Center sends its events to this service. There is one registration for each tenant.
         */
        get: operations["GetWebhookRegistration"];
        /**
         * Register the webhook
         * @description Makes Partner Center send its referral events to this service. Another system that is registered is replaced only when asked for.
         */
        put: operations["RegisterWebhook"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-registration/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test event
         * @description Has Partner Center send a test event to this service, and waits at most a minute for what came of it. Two a minute are allowed.
         */
        post: operations["SendTestEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Test the connection
         * @description Tells whether the service can be reached and knows the caller. Nothing else is asked of anybody.
         */
        get: operations["TestConnection"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Referral: {
            /**
             * Referral ID
             * @description The id of the referral.
             */
            id?: string | null;
            /**
             * Engagement ID
             * @description The id that related referrals of one engagement share.
             */
            engagementId?: string | null;
            /**
             * Organization ID
             * @description The id of the partner organization.
             */
            organizationId?: string | null;
            /**
             * Organization Name
             * @description The name of the partner organization.
             */
            organizationName?: string | null;
            /**
             * Partner ID
             * @description The partner location the referral belongs to.
             */
            mpnId?: string | null;
            /**
             * Referral Name
             * @description The name of the deal.
             */
            name?: string | null;
            /**
             * External Reference ID
             * @description The id of the record in the CRM.
             */
            externalReferenceId?: string | null;
            /**
             * Created
             * @description When the referral was created.
             */
            createdDateTime?: string | null;
            /**
             * Updated
             * @description When the referral was last changed.
             */
            updatedDateTime?: string | null;
            /**
             * Expires
             * @description When an unanswered referral expires.
             */
            expirationDateTime?: string | null;
            /**
             * Accepted
             * @description When the referral was accepted.
             */
            acceptedDateTime?: string | null;
            /**
             * Closed
             * @description When the referral was closed.
             */
            closedDateTime?: string | null;
            /**
             * Status
             * @description New, Active or Closed.
             */
            status?: string | null;
            /**
             * Substatus
             * @description Pending, Received, Accepted, Won, Lost, Declined or Expired.
             */
            substatus?: string | null;
            /**
             * Status Reason
             * @description Why the referral has this status.
             */
            statusReason?: string | null;
            /**
             * Sales Stage
             * @description How far the deal has come.
             */
            salesStage?: string | null;
            /**
             * Qualification
             * @description Direct, MarketingQualified or SalesQualified.
             */
            qualification?: string | null;
            /**
             * Quality
             * @description How good the lead is.
             */
            quality?: string | null;
            /**
             * Type
             * @description Independent or Shared.
             */
            type?: string | null;
            /**
             * Direction
             * @description Incoming or Outgoing.
             */
            direction?: string | null;
            /**
             * Referral Source
             * @description Where the referral came from.
             */
            referralSource?: string | null;
            /**
             * Referral Program
             * @description The program of the referral.
             */
            referralProgram?: string | null;
            /**
             * Campaign ID
             * @description The campaign of the referral.
             */
            campaignId?: string | null;
            /**
             * Call To Action
             * @description What the customer clicked.
             */
            callToAction?: string | null;
            /**
             * Registration Status
             * @description The state of the deal registration.
             */
            registrationStatus?: string | null;
            /**
             * Is Spam
             * @description Whether the lead was marked as spam.
             */
            isSpam?: boolean | null;
            /**
             * Is Favorite
             * @description Whether the referral is marked as a favorite.
             */
            favorite?: boolean | null;
            /**
             * Last Modified Via
             * @description The tool of the last change.
             */
            lastModifiedVia?: string | null;
            /**
             * Last Run ID
             * @description The run of the last automated change.
             */
            lastRunId?: string | null;
            /**
             * ETag
             * @description The version of the referral, with its quotes.
             */
            eTag?: string | null;
            /**
             * Targets
             * @description Who the referral is meant for.
             */
            target?: ({
                /**
                 * ID
                 * @description The id in the catalog.
                 */
                id?: string | null;
                /**
                 * Name
                 * @description The name to show.
                 */
                name?: string | null;
                /**
                 * Type
                 * @description The kind of entry, for example Category or Solution.
                 */
                type?: string | null;
            } & {
                [key: string]: unknown;
            })[] | null;
            /** @description Who the customer is. */
            customerProfile?: ({
                /**
                 * Customer Name
                 * @description The name of the customer organization.
                 */
                name?: string | null;
                /** @description Where the customer is. */
                address?: ({
                    /**
                     * Address Line 1
                     * @description The first line of the street address.
                     */
                    addressLine1?: string | null;
                    /**
                     * Address Line 2
                     * @description The second line of the street address.
                     */
                    addressLine2?: string | null;
                    /**
                     * City
                     * @description The city.
                     */
                    city?: string | null;
                    /**
                     * State
                     * @description The state or province.
                     */
                    state?: string | null;
                    /**
                     * Region
                     * @description The region.
                     */
                    region?: string | null;
                    /**
                     * Postal Code
                     * @description The postal code.
                     */
                    postalCode?: string | null;
                    /**
                     * Country
                     * @description The country as an ISO 3166 code, usually of two letters.
                     */
                    country?: string | null;
                } & {
                    [key: string]: unknown;
                }) | null;
                /**
                 * Customer Size
                 * @description The size band of the organization, for example 10to50employees.
                 */
                size?: string | null;
                /**
                 * Customer Contacts
                 * @description The people at the customer.
                 */
                team?: ({
                    /**
                     * First Name
                     * @description The given name of the person.
                     */
                    firstName?: string | null;
                    /**
                     * Last Name
                     * @description The family name of the person.
                     */
                    lastName?: string | null;
                    /**
                     * Email
                     * @description The e-mail address of the person.
                     */
                    email?: string | null;
                    /**
                     * Phone Number
                     * @description The phone number of the person.
                     */
                    phoneNumber?: string | null;
                    /**
                     * Job Title
                     * @description The job title of the person.
                     */
                    title?: string | null;
                    /**
                     * Is Primary Contact
                     * @description Whether this is the main person to talk to.
                     */
                    isPrimaryContact?: boolean | null;
                    /** @description How the person wants to be contacted. */
                    contactPreference?: ({
                        /**
                         * Locale
                         * @description The language the person prefers, for example en-us.
                         */
                        locale?: string | null;
                        /**
                         * Disable Notifications
                         * @description Whether the person wants no messages.
                         */
                        disableNotifications?: boolean | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                } & {
                    [key: string]: unknown;
                })[] | null;
                /**
                 * Customer IDs
                 * @description External ids of the customer, for example its Duns number.
                 */
                ids?: ({
                    /**
                     * Profile Type
                     * @description The kind of id, for example Duns.
                     */
                    profileType?: string | null;
                    /**
                     * ID
                     * @description The id itself.
                     */
                    id?: string | null;
                } & {
                    [key: string]: unknown;
                })[] | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /** @description What the customer agreed to. */
            consent?: ({
                /**
                 * Consent To Share With Others
                 * @description Whether the details may be shared with others.
                 */
                consentToToShareInfoWithOthers?: boolean | null;
                /**
                 * Consent To Contact
                 * @description Whether the customer may be contacted.
                 */
                consentToContact?: boolean | null;
                /**
                 * Consent To Share With Microsoft Sellers
                 * @description Whether Microsoft sellers may see the referral.
                 */
                consentToShareReferralWithMicrosoftSellers?: boolean | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /** @description What the deal is about. */
            details?: ({
                /**
                 * Notes
                 * @description What the customer needs, in free text.
                 */
                notes?: string | null;
                /**
                 * Deal Value
                 * @description The estimated value of the deal, in the given currency.
                 */
                dealValue?: number | null;
                /**
                 * Currency
                 * @description The currency of the deal value as an ISO 4217 code.
                 */
                currency?: string | null;
                /**
                 * Closing Date
                 * @description When the deal is expected to close.
                 */
                closingDateTime?: string | null;
                /**
                 * Customer Action
                 * @description What the customer did that led to the referral.
                 */
                customerAction?: string | null;
                /**
                 * Customer Requested Contact
                 * @description Whether the customer asked to be contacted.
                 */
                customerRequestedContact?: boolean | null;
                /** @description What the customer asks for. */
                requirements?: ({
                    /**
                     * Industries
                     * @description The industries of the customer.
                     */
                    industries?: ({
                        /**
                         * ID
                         * @description The id in the catalog.
                         */
                        id?: string | null;
                        /**
                         * Name
                         * @description The name to show.
                         */
                        name?: string | null;
                        /**
                         * Type
                         * @description The kind of entry, for example Category or Solution.
                         */
                        type?: string | null;
                    } & {
                        [key: string]: unknown;
                    })[] | null;
                    /**
                     * Products
                     * @description The Microsoft products the customer asks for.
                     */
                    products?: ({
                        /**
                         * ID
                         * @description The id in the catalog.
                         */
                        id?: string | null;
                        /**
                         * Name
                         * @description The name to show.
                         */
                        name?: string | null;
                        /**
                         * Type
                         * @description The kind of entry, for example Category or Solution.
                         */
                        type?: string | null;
                    } & {
                        [key: string]: unknown;
                    })[] | null;
                    /**
                     * Services
                     * @description The services the customer asks for.
                     */
                    services?: ({
                        /**
                         * ID
                         * @description The id in the catalog.
                         */
                        id?: string | null;
                        /**
                         * Name
                         * @description The name to show.
                         */
                        name?: string | null;
                        /**
                         * Type
                         * @description The kind of entry, for example Category or Solution.
                         */
                        type?: string | null;
                    } & {
                        [key: string]: unknown;
                    })[] | null;
                    /**
                     * Solutions
                     * @description The solutions the customer asks for.
                     */
                    solutions?: ({
                        /**
                         * ID
                         * @description The id in the catalog.
                         */
                        id?: string | null;
                        /**
                         * Name
                         * @description The name to show.
                         */
                        name?: string | null;
                        /**
                         * Type
                         * @description The kind of entry, for example Category or Solution.
                         */
                        type?: string | null;
                    } & {
                        [key: string]: unknown;
                    })[] | null;
                    /**
                     * Offers
                     * @description The offers the referral came from.
                     */
                    offers?: {
                        [key: string]: unknown;
                    }[] | null;
                    /**
                     * Additional Requirements
                     * @description Further requirements.
                     */
                    additionalRequirements?: {
                        [key: string]: unknown;
                    } | null;
                } & {
                    [key: string]: unknown;
                }) | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Partner Team
             * @description The people of the partner who work on the referral.
             */
            team?: ({
                /**
                 * First Name
                 * @description The given name of the person.
                 */
                firstName?: string | null;
                /**
                 * Last Name
                 * @description The family name of the person.
                 */
                lastName?: string | null;
                /**
                 * Email
                 * @description The e-mail address of the person.
                 */
                email?: string | null;
                /**
                 * Phone Number
                 * @description The phone number of the person.
                 */
                phoneNumber?: string | null;
                /**
                 * Job Title
                 * @description The job title of the person.
                 */
                title?: string | null;
                /**
                 * Is Primary Contact
                 * @description Whether this is the main person to talk to.
                 */
                isPrimaryContact?: boolean | null;
                /** @description How the person wants to be contacted. */
                contactPreference?: ({
                    /**
                     * Locale
                     * @description The language the person prefers, for example en-us.
                     */
                    locale?: string | null;
                    /**
                     * Disable Notifications
                     * @description Whether the person wants no messages.
                     */
                    disableNotifications?: boolean | null;
                } & {
                    [key: string]: unknown;
                }) | null;
            } & {
                [key: string]: unknown;
            })[] | null;
            /** @description How the invitation came about. */
            inviteContext?: ({
                /**
                 * Invitation Notes
                 * @description The note that came with the invitation.
                 */
                notes?: string | null;
                /**
                 * Assistance Request
                 * @description The kind of help that is asked for.
                 */
                assistanceRequestCode?: string | null;
                /** @description Who invited. */
                invitedBy?: ({
                    /**
                     * Invited By Organization ID
                     * @description The organization that invited, msft for Microsoft.
                     */
                    organizationId?: string | null;
                    /**
                     * Invited By Organization Name
                     * @description The name of the organization that invited.
                     */
                    organizationName?: string | null;
                } & {
                    [key: string]: unknown;
                }) | null;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Tracking Info
             * @description Ids of the deal in other systems.
             */
            trackingInfo?: {
                [key: string]: unknown;
            } | null;
            /**
             * Registrations
             * @description The deal registrations.
             */
            registrations?: {
                [key: string]: unknown;
            }[] | null;
            /**
             * Tags
             * @description The tags of the referral.
             */
            tags?: string[] | null;
            /**
             * Links
             * @description Links to related resources.
             */
            links?: {
                [key: string]: unknown;
            } | null;
        } & {
            [key: string]: unknown;
        };
        ReferralPage: {
            /**
             * Referrals
             * @description The referrals of this page.
             */
            value: components["schemas"]["Referral"][];
            /**
             * Next Page
             * @description What to send as next for the following page; absent on the last page.
             */
            nextPage?: string;
        };
        LeadResult: {
            /**
             * Lead ID
             * @description The id of the lead in the CRM.
             */
            leadId: string;
            /**
             * Referral ID
             * @description The id of the referral the lead belongs to.
             */
            referralId: string;
            /**
             * Outcome
             * @description created, updated, unchanged (nothing differed, nothing was written), readOnly (the lead is qualified or disqualified and was left alone) or deleted (somebody deleted the lead in the CRM, and it was not made again).
             * @enum {unknown}
             */
            outcome: "created" | "updated" | "unchanged" | "readOnly" | "deleted";
            /**
             * Lead State
             * @description Why the lead is read-only: Qualified or Disqualified.
             */
            state?: string;
            /**
             * Notices
             * @description What was cut or left out on the way, in words.
             */
            notices: string[];
        };
        ReferralEvent: {
            /**
             * Event Name
             * @description What happened, for example referral-created.
             */
            name: string;
            /**
             * Resource Name
             * @description The kind of resource, for example referral.
             */
            resourceName?: string;
            /**
             * Resource URI
             * @description The resource as Partner Center names it. This service never calls it.
             */
            resourceUri?: string;
            /**
             * Audit URI
             * @description The audit record, if there is one.
             */
            auditUri?: string;
            /**
             * Changed At
             * @description When it happened, as Partner Center wrote it.
             */
            changedAt?: string;
            /**
             * Referral ID
             * @description The referral the event is about, absent for other events.
             */
            referralId?: string;
        };
        ValidatedCallback: {
            /**
             * Is Valid
             * @description Always true: a callback that is not valid is answered with an error.
             * @enum {boolean}
             */
            valid: true;
            /**
             * Event Name
             * @description What happened, for example referral-created.
             */
            eventName: string;
            /**
             * Referral ID
             * @description The referral the event is about, absent for other events.
             */
            referralId?: string;
            event: components["schemas"]["ReferralEvent"];
            /** @description Who signed. */
            signer: {
                /**
                 * Signer Subject
                 * @description The subject of the signing certificate.
                 */
                subject: string;
                /**
                 * Signer Issuer
                 * @description The issuer of the signing certificate.
                 */
                issuer: string;
                /**
                 * Signer Thumbprint
                 * @description The SHA-256 fingerprint of the signing certificate, in hex.
                 */
                thumbprint: string;
                /**
                 * Signer Valid Until
                 * @description When the signing certificate ends.
                 */
                notAfter: string;
            };
            /**
             * Matched Form
             * @description Which bytes the signature covers: as-sent, or a written canonical form of the JSON that was sent.
             * @enum {unknown}
             */
            matched: "as-sent" | "compact" | "compact-unescaped" | "compact-dotnet";
        };
        SyncResult: {
            /**
             * Referral ID
             * @description The id of the referral.
             */
            referralId: string;
            /**
             * Outcome
             * @description synchronized when something was written, else nothingToDo.
             * @enum {unknown}
             */
            outcome: "synchronized" | "nothingToDo";
            /**
             * Lead ID
             * @description The id of the lead in the CRM.
             */
            leadId: string;
            /**
             * Outcome
             * @description created, updated, unchanged (nothing differed, nothing was written), readOnly (the lead is qualified or disqualified and was left alone) or deleted (somebody deleted the lead in the CRM, and it was not made again).
             * @enum {unknown}
             */
            lead: "created" | "updated" | "unchanged" | "readOnly" | "deleted";
            /**
             * Write Back
             * @description Whether the id of the lead, or what the CRM had changed, was written to the referral.
             * @enum {unknown}
             */
            writeBack: "written" | "unchanged" | "skipped";
            /**
             * Conflicts
             * @description Fields that both sides had changed to different values; the setting SYNC_CONFLICT said which side wins.
             */
            conflicts?: string[];
            /**
             * Reason
             * @description Why something was left alone, or why nothing was to do.
             */
            reason?: string;
            /**
             * Notices
             * @description What was cut or left out on the way, in words.
             */
            notices: string[];
        };
        Connection: {
            /**
             * Is OK
             * @description Always true: a connection that does not work is answered with an error.
             * @enum {boolean}
             */
            ok: true;
            /**
             * Caller
             * @description Who the service takes the caller for.
             */
            caller: string;
            /**
             * Version
             * @description The version of the service.
             */
            version: string;
        };
        TimelineEntry: {
            /**
             * Entry ID
             * @description Ids sort in the order in which things happened.
             */
            id: string;
            /**
             * Referral ID
             * @description The id of the referral.
             */
            referralId: string;
            /**
             * At
             * Format: date-time
             * @description When it happened, in UTC.
             */
            at: string;
            /**
             * Kind
             * @description What kind of thing happened.
             * @enum {unknown}
             */
            kind: "received" | "verified" | "deduplicated" | "queued" | "fetched" | "compared" | "written" | "skipped" | "writtenBack" | "retried" | "setAside" | "resolved" | "delivered" | "notDelivered";
            /**
             * Text
             * @description What happened, in a sentence.
             */
            text: string;
            /**
             * Correlation ID
             * @description Belongs to one piece of work from its beginning to its end; it goes upstream too.
             */
            correlationId: string;
            /**
             * By
             * @description The caller or person who did it, when it was not the service by itself.
             */
            by?: string;
            /**
             * Failure Code
             * @description What went wrong.
             */
            code?: string;
            /**
             * Advice
             * @description What to do about it.
             */
            advice?: string;
            /**
             * Changes
             * @description The fields that were written.
             */
            changes?: {
                /**
                 * Field
                 * @description The name of the field, for example estimatedAmount.
                 */
                field: string;
                /**
                 * From
                 * @description The value before, absent when there was none. Contact data is masked.
                 */
                from?: string;
                /**
                 * To
                 * @description The value after, absent when it was cleared. Contact data is masked.
                 */
                to?: string;
            }[];
            /**
             * Facts
             * @description Further particulars by name, for example signer, thumbprint, eTag, leadId.
             */
            facts?: {
                [key: string]: string;
            };
        };
        Timeline: {
            /**
             * Referral ID
             * @description The id of the referral.
             */
            referralId: string;
            /**
             * Entries
             * @description What happened, oldest first.
             */
            entries: components["schemas"]["TimelineEntry"][];
            /**
             * Next
             * @description Hand it back as «after» to get the entries that follow.
             */
            next?: string;
        };
        SubscriptionResult: {
            /**
             * Subscription ID
             * @description The id of the subscription.
             */
            id: string;
            /**
             * Host
             * @description The host that events are sent to. The rest of the address is kept secret.
             */
            host: string;
            /**
             * Events
             * @description The names of the events that are sent.
             */
            events: string[];
            /**
             * Created At
             * Format: date-time
             * @description When the subscription was made, in UTC.
             */
            createdAt: string;
            /**
             * Secret
             * @description Verifies what is sent, as Standard Webhooks has it. Told once, when the subscription is new; to get another one, unsubscribe and subscribe again.
             */
            secret?: string;
        };
        ReferralNotification: {
            /**
             * Message ID
             * @description Stays the same when the message is sent again, so that a second one can be told.
             */
            id: string;
            /**
             * Event Name
             * @description What happened, for example referral-created.
             */
            eventName: string;
            /**
             * Occurred At
             * Format: date-time
             * @description When it happened in Partner Center, in UTC, if the event says so.
             */
            occurredAt?: string;
            /**
             * Received At
             * Format: date-time
             * @description When the event reached this service, in UTC.
             */
            receivedAt: string;
            /**
             * Correlation ID
             * @description Finds the event in the timeline and in the log of this service.
             */
            correlationId: string;
            /**
             * Referral ID
             * @description The referral the event is about, absent for other events.
             */
            referralId?: string;
            referral?: components["schemas"]["Referral"];
            /**
             * Lead
             * @description The referral as a lead, as UpsertLead would write it.
             */
            lead?: {
                /**
                 * Topic
                 * @description What the lead is about.
                 * @example Contoso cloud migration
                 */
                subject?: string;
                /**
                 * First Name
                 * @description The given name of the contact.
                 */
                firstName?: string;
                /**
                 * Last Name
                 * @description The family name of the contact.
                 * @example Doe
                 */
                lastName?: string;
                /**
                 * Company Name
                 * @description The organization of the contact.
                 * @example Contoso
                 */
                companyName?: string;
                /**
                 * Email
                 * @description The e-mail address of the contact.
                 * @example jane.doe@contoso.com
                 */
                email?: string;
                /**
                 * Phone
                 * @description The business phone of the contact.
                 */
                phone?: string;
                /**
                 * Mobile Phone
                 * @description The mobile phone of the contact.
                 */
                mobilePhone?: string;
                /**
                 * Job Title
                 * @description The job title of the contact.
                 */
                jobTitle?: string;
                /**
                 * Website
                 * @description The website of the organization.
                 */
                website?: string;
                /**
                 * Address Line 1
                 * @description The first line of the street address.
                 */
                addressLine1?: string;
                /**
                 * Address Line 2
                 * @description The second line of the street address.
                 */
                addressLine2?: string;
                /**
                 * City
                 * @description The city.
                 */
                city?: string;
                /**
                 * State or Province
                 * @description The state or province.
                 */
                stateOrProvince?: string;
                /**
                 * Postal Code
                 * @description The postal code.
                 */
                postalCode?: string;
                /**
                 * Country
                 * @description The country.
                 */
                country?: string;
                /**
                 * Estimated Amount
                 * @description The estimated value of the deal.
                 */
                estimatedAmount?: number;
                /**
                 * Currency
                 * @description The currency of the estimated amount as an ISO 4217 code.
                 */
                currency?: string;
                /**
                 * Estimated Close Date
                 * Format: date
                 * @description The day the deal is expected to close, as YYYY-MM-DD.
                 */
                estimatedCloseDate?: string;
                /**
                 * Number of Employees
                 * @description How many people work for the organization.
                 */
                numberOfEmployees?: number;
                /**
                 * Rating
                 * @description How promising the lead is.
                 * @enum {unknown}
                 */
                rating?: "Hot" | "Warm" | "Cold";
                /**
                 * Description
                 * @description Everything else worth knowing.
                 */
                description?: string;
            };
            /**
             * Lead ID
             * @description The id of the lead in the CRM, absent while there is none.
             */
            leadId?: string;
        };
        Problem: {
            /** @description A URI that names the kind of problem. */
            type: string;
            /** @description The kind of problem in a few words. */
            title: string;
            /** @description The HTTP status. */
            status: number;
            /** @description What happened. */
            detail: string;
            /** @description The failure code, stable for programs. */
            code: string;
            /** @description What to do. */
            advice: string;
            /** @description The detail and the code, for tools that look only here. */
            message: string;
            /** @description Code and detail once more, in the form that Microsoft services answer. */
            error: {
                /** @description The failure code again. */
                code: string;
                /** @description The detail again. */
                message: string;
            };
            /** @description The id of the request, to be found in the log. */
            requestId: string;
            errors?: {
                /** @description Where, as a JSON pointer. */
                pointer: string;
                /** @description What is wrong there. */
                detail: string;
            }[];
        };
        LeadSchema: {
            /**
             * Schema
             * @description A JSON schema of the custom columns, as Swagger 2.0 has it.
             */
            schema: {
                [key: string]: unknown;
            };
        };
        Choices: {
            /**
             * Choices
             * @description The values to choose from.
             */
            value: {
                /**
                 * Value
                 * @description What is sent.
                 */
                value: string;
                /**
                 * Name
                 * @description What people read.
                 */
                name: string;
            }[];
        };
        Attention: {
            /**
             * Items
             * @description What waits for a person, newest first.
             */
            value: {
                /**
                 * Kind
                 * @description What could not be done: mostly referral, or subscription.
                 * @enum {unknown}
                 */
                kind: "referral" | "subscription" | "reconcile" | "registration" | "housekeeping";
                /**
                 * Referral ID
                 * @description The referral that is not in step, when it is about one.
                 */
                referralId?: string;
                /**
                 * Subscription ID
                 * @description The subscription that is not told of events, when it is one of the caller's own.
                 */
                subscriptionId?: string;
                /**
                 * Failure Code
                 * @description What the last attempt failed of, stable for programs.
                 */
                code: string;
                /**
                 * Message
                 * @description What happened then.
                 */
                message: string;
                /**
                 * Advice
                 * @description What to do about it.
                 */
                advice: string;
                /**
                 * Attempts
                 * Format: int32
                 * @description How many attempts have failed.
                 */
                attempts: number;
                /**
                 * Set Aside At
                 * Format: date-time
                 * @description Since when it waits, in UTC.
                 */
                setAsideAt: string;
                /**
                 * Correlation ID
                 * @description Finds the work in the timeline and in the log of this service.
                 */
                correlationId: string;
            }[];
            /**
             * Since
             * @description Hand it back as «since» to get only what comes after.
             */
            since: string;
        };
        WebhookRegistration: {
            /**
             * State
             * @description ours: events come to this service; incomplete: they do, but not all, or signed in the wrong header; taken: they go elsewhere; none: they go nowhere.
             * @enum {unknown}
             */
            state: "ours" | "incomplete" | "taken" | "none";
            /**
             * URL
             * @description Where the events go. A user or a query, which may be a secret, is shown as «…».
             */
            url?: string;
            /**
             * Events
             * @description The names of the events that are sent.
             */
            events: string[];
            /**
             * Missing Events
             * @description The events that this service needs and are not sent.
             */
            missingEvents: string[];
            /**
             * Signature In x-ms-signature
             * @description Whether events are signed in x-ms-signature, as they should be, or in Authorization. Absent when Partner Center does not say.
             */
            signatureInMsHeader?: boolean;
            /**
             * Last Modified
             * @description When the registration was last changed, as Partner Center says it.
             */
            lastModified?: string;
            /**
             * Replaced URL
             * @description Where the events went until now: another system, or a former address of this service. Only from registering, and only when they went elsewhere.
             */
            replacedUrl?: string;
            /**
             * Checked At
             * Format: date-time
             * @description When this service looked.
             */
            checkedAt: string;
        };
        TestEventResult: {
            /**
             * Correlation ID
             * @description The id of the test event at Partner Center.
             */
            correlationId: string;
            /**
             * State
             * @description delivered: it arrived; failed: every try failed; pending: Partner Center had not finished when the wait ended.
             * @enum {unknown}
             */
            state: "delivered" | "failed" | "pending";
            /**
             * Attempts
             * @description The tries to deliver it, in their order.
             */
            attempts: {
                /**
                 * Response Code
                 * @description The name of the answer's status, for example OK.
                 */
                responseCode: string;
                /**
                 * Response Message
                 * @description What came with it, cut after 200 characters.
                 */
                responseMessage: string;
                /**
                 * Is System Error
                 * @description Whether Partner Center got no answer at all.
                 */
                isSystemError: boolean;
                /**
                 * At
                 * @description When it was tried, as Partner Center says it.
                 */
                at?: string;
            }[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    ValidateCallback: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Content
                     * @description The body of the callback, unchanged, as text or as base64.
                     */
                    content: string;
                    /**
                     * Content Encoding
                     * @description How Content is given. Text when left out.
                     * @default text
                     * @enum {unknown}
                     */
                    contentEncoding?: "text" | "base64";
                    /**
                     * Signature
                     * @description The x-ms-signature header (or Authorization header) of the callback, with or without the word Signature.
                     */
                    signature: string;
                    /**
                     * Certificate URL
                     * @description The x-ms-certificate-url header of the callback.
                     */
                    certificateUrl: string;
                    /**
                     * Signature Algorithm
                     * @description The x-ms-signature-algorithm header of the callback.
                     */
                    signatureAlgorithm: string;
                };
            };
        };
        responses: {
            /** @description The callback is genuine. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValidatedCallback"];
                };
            };
            /** @description Something in the request is missing or wrong (REQUEST_INVALID, FIELD_UNKNOWN, VALUE_TOO_LONG, VALUE_WRONG_TYPE, CALLBACK_HEADER_MISSING, CALLBACK_HEADER_MALFORMED, CALLBACK_SIGNATURES_CONTRADICT, CALLBACK_ALGORITHM_UNSUPPORTED, CALLBACK_SIGNATURE_MALFORMED, CALLBACK_BODY_MISSING, CALLBACK_EVENT_MALFORMED, CERTIFICATE_URL_MALFORMED). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLBACK_SIGNATURE_MISMATCH, CERTIFICATE_URL_FOREIGN, CERTIFICATE_MALFORMED, CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_KEY_REFUSED, CERTIFICATE_PURPOSE_REFUSED, CERTIFICATE_ORGANIZATION_REFUSED, CERTIFICATE_NAME_REFUSED, CERTIFICATE_CHAIN_UNTRUSTED, CERTIFICATE_CHAIN_REFUSED, CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is too large (REQUEST_TOO_LARGE). */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has the wrong content type (CONTENT_TYPE_UNSUPPORTED). */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (CERTIFICATE_UNREACHABLE, CERTIFICATE_UNREADABLE, CERTIFICATE_ISSUER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ListReferrals: {
        parameters: {
            query?: {
                /**
                 * @description An OData filter, for example: status eq 'New' and direction eq 'Incoming'.
                 * @example status eq 'New'
                 */
                filter?: string;
                /** @description The order of the referrals. */
                orderBy?: "createdDateTime asc" | "createdDateTime desc" | "updatedDateTime asc" | "updatedDateTime desc";
                /** @description How many referrals at the most. */
                top?: number;
                /** @description How many referrals to leave out first. */
                skip?: number;
                /** @description The nextPage value of the answer before, for the page after it. */
                next?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of referrals. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReferralPage"];
                };
            };
            /** @description Something in the request is missing or wrong (REQUEST_INVALID, VALUE_TOO_LONG, VALUE_WRONG_TYPE). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value was refused (REFERRAL_REFUSED). */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    CreateReferral: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Referral Name
                     * @description The name of the deal.
                     * @example Contoso cloud migration
                     */
                    name: string;
                    /**
                     * External Reference ID
                     * @description The id of the record in the CRM.
                     */
                    externalReferenceId?: string;
                    /**
                     * Type
                     * @description Shared deals involve Microsoft or other partners.
                     * @enum {unknown}
                     */
                    type: "Independent" | "Shared";
                    /**
                     * Qualification
                     * @description How far the lead has been qualified.
                     * @enum {unknown}
                     */
                    qualification: "Direct" | "MarketingQualified" | "SalesQualified";
                    /** @description Who the customer is. */
                    customerProfile: {
                        /**
                         * Customer Name
                         * @description The name of the customer organization.
                         */
                        name: string;
                        /**
                         * Customer Address
                         * @description Where the customer is.
                         */
                        address?: {
                            /**
                             * Address Line 1
                             * @description The first line of the street address.
                             */
                            addressLine1?: string | null;
                            /**
                             * Address Line 2
                             * @description The second line of the street address.
                             */
                            addressLine2?: string | null;
                            /**
                             * City
                             * @description The city.
                             */
                            city?: string | null;
                            /**
                             * State
                             * @description The state or province.
                             */
                            state?: string | null;
                            /**
                             * Region
                             * @description The region.
                             */
                            region?: string | null;
                            /**
                             * Postal Code
                             * @description The postal code.
                             */
                            postalCode?: string | null;
                            /**
                             * Country
                             * @description The country as an ISO 3166 code, usually of two letters.
                             */
                            country?: string | null;
                        } & {
                            [key: string]: unknown;
                        };
                        /**
                         * Customer Size
                         * @description The size band of the organization, for example 10to50employees.
                         */
                        size?: string;
                        /**
                         * Customer Contacts
                         * @description The people at the customer.
                         */
                        team?: ({
                            /**
                             * First Name
                             * @description The given name of the person.
                             */
                            firstName?: string | null;
                            /**
                             * Last Name
                             * @description The family name of the person.
                             */
                            lastName?: string | null;
                            /**
                             * Email
                             * @description The e-mail address of the person.
                             */
                            email?: string | null;
                            /**
                             * Phone Number
                             * @description The phone number of the person.
                             */
                            phoneNumber?: string | null;
                            /**
                             * Job Title
                             * @description The job title of the person.
                             */
                            title?: string | null;
                            /**
                             * Is Primary Contact
                             * @description Whether this is the main person to talk to.
                             */
                            isPrimaryContact?: boolean | null;
                            /** @description How the person wants to be contacted. */
                            contactPreference?: ({
                                /**
                                 * Locale
                                 * @description The language the person prefers, for example en-us.
                                 */
                                locale?: string | null;
                                /**
                                 * Disable Notifications
                                 * @description Whether the person wants no messages.
                                 */
                                disableNotifications?: boolean | null;
                            } & {
                                [key: string]: unknown;
                            }) | null;
                        } & {
                            [key: string]: unknown;
                        })[];
                    };
                    /** @description What the deal is about. */
                    details?: {
                        /**
                         * Notes
                         * @description What the customer needs, in free text.
                         */
                        notes?: string;
                        /**
                         * Deal Value
                         * @description The estimated value of the deal.
                         * @example 25000
                         */
                        dealValue?: number;
                        /**
                         * Currency
                         * @description The currency as an ISO 4217 code.
                         * @example USD
                         */
                        currency?: string;
                        /**
                         * Closing Date
                         * Format: date-time
                         * @description When the deal is expected to close.
                         * @example 2027-03-31T00:00:00Z
                         */
                        closingDateTime?: string;
                        /** @description What the customer asks for. */
                        requirements?: {
                            /**
                             * Industries
                             * @description The industries of the customer.
                             */
                            industries?: ({
                                /**
                                 * ID
                                 * @description The id in the catalog.
                                 */
                                id?: string | null;
                                /**
                                 * Name
                                 * @description The name to show.
                                 */
                                name?: string | null;
                                /**
                                 * Type
                                 * @description The kind of entry, for example Category or Solution.
                                 */
                                type?: string | null;
                            } & {
                                [key: string]: unknown;
                            })[];
                            /**
                             * Products
                             * @description The Microsoft products the customer asks for.
                             */
                            products?: ({
                                /**
                                 * ID
                                 * @description The id in the catalog.
                                 */
                                id?: string | null;
                                /**
                                 * Name
                                 * @description The name to show.
                                 */
                                name?: string | null;
                                /**
                                 * Type
                                 * @description The kind of entry, for example Category or Solution.
                                 */
                                type?: string | null;
                            } & {
                                [key: string]: unknown;
                            })[];
                            /**
                             * Services
                             * @description The services the customer asks for.
                             */
                            services?: ({
                                /**
                                 * ID
                                 * @description The id in the catalog.
                                 */
                                id?: string | null;
                                /**
                                 * Name
                                 * @description The name to show.
                                 */
                                name?: string | null;
                                /**
                                 * Type
                                 * @description The kind of entry, for example Category or Solution.
                                 */
                                type?: string | null;
                            } & {
                                [key: string]: unknown;
                            })[];
                            /**
                             * Solutions
                             * @description The solutions the customer asks for.
                             */
                            solutions?: ({
                                /**
                                 * ID
                                 * @description The id in the catalog.
                                 */
                                id?: string | null;
                                /**
                                 * Name
                                 * @description The name to show.
                                 */
                                name?: string | null;
                                /**
                                 * Type
                                 * @description The kind of entry, for example Category or Solution.
                                 */
                                type?: string | null;
                            } & {
                                [key: string]: unknown;
                            })[];
                        };
                    };
                    /** @description What the customer agreed to. */
                    consent?: {
                        /**
                         * Consent To Share With Others
                         * @description Whether the details may be shared with others.
                         */
                        consentToToShareInfoWithOthers?: boolean;
                        /**
                         * Consent To Contact
                         * @description Whether the customer may be contacted.
                         */
                        consentToContact?: boolean;
                        /**
                         * Share With Microsoft Sellers
                         * @description Whether Microsoft sellers may see the referral.
                         */
                        consentToShareReferralWithMicrosoftSellers?: boolean;
                    };
                    /**
                     * Partner Team
                     * @description The people of the partner who work on the referral.
                     */
                    team?: ({
                        /**
                         * First Name
                         * @description The given name of the person.
                         */
                        firstName?: string | null;
                        /**
                         * Last Name
                         * @description The family name of the person.
                         */
                        lastName?: string | null;
                        /**
                         * Email
                         * @description The e-mail address of the person.
                         */
                        email?: string | null;
                        /**
                         * Phone Number
                         * @description The phone number of the person.
                         */
                        phoneNumber?: string | null;
                        /**
                         * Job Title
                         * @description The job title of the person.
                         */
                        title?: string | null;
                        /**
                         * Is Primary Contact
                         * @description Whether this is the main person to talk to.
                         */
                        isPrimaryContact?: boolean | null;
                        /** @description How the person wants to be contacted. */
                        contactPreference?: ({
                            /**
                             * Locale
                             * @description The language the person prefers, for example en-us.
                             */
                            locale?: string | null;
                            /**
                             * Disable Notifications
                             * @description Whether the person wants no messages.
                             */
                            disableNotifications?: boolean | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                    } & {
                        [key: string]: unknown;
                    })[];
                };
            };
        };
        responses: {
            /** @description The new referral. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Referral"];
                };
            };
            /** @description Something in the request is missing or wrong (REQUEST_INVALID, FIELD_UNKNOWN, VALUE_TOO_LONG, VALUE_WRONG_TYPE). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such record (REFERRAL_NOT_FOUND). */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The present state of the record does not allow this (REQUEST_IN_PROGRESS). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is too large (REQUEST_TOO_LARGE). */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has the wrong content type (CONTENT_TYPE_UNSUPPORTED). */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value was refused (IDEMPOTENCY_KEY_REUSED, REFERRAL_REFUSED). */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    GetReferral: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the referral in Partner Center, a GUID.
                 * @example 4111fffc-f9ee-4d53-bba6-569135228642
                 */
                referralId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The referral. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Referral"];
                };
            };
            /** @description Something in the request is missing or wrong (REFERRAL_ID_MALFORMED). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such record (REFERRAL_NOT_FOUND). */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    UpdateReferral: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the referral in Partner Center, a GUID.
                 * @example 4111fffc-f9ee-4d53-bba6-569135228642
                 */
                referralId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * External Reference ID
                     * @description The id of the record in the CRM.
                     */
                    externalReferenceId?: string;
                    /**
                     * Status
                     * @description New, Active or Closed. A closed referral cannot be edited any more.
                     * @enum {unknown}
                     */
                    status?: "New" | "Active" | "Closed";
                    /**
                     * Substatus
                     * @description With New: Pending or Received. With Active: Accepted. With Closed: Won, Lost, Declined or Expired.
                     * @enum {unknown}
                     */
                    substatus?: "Pending" | "Received" | "Accepted" | "Won" | "Lost" | "Declined" | "Expired" | "Error";
                    /**
                     * Status Reason
                     * @description Why the referral gets this status.
                     */
                    statusReason?: string;
                    /**
                     * Sales Stage
                     * @description How far the deal has come.
                     */
                    salesStage?: string;
                    /**
                     * Deal Value
                     * @description The estimated value of the deal, in its currency.
                     * @example 25000
                     */
                    dealValue?: number;
                    /**
                     * Currency
                     * @description The currency as an ISO 4217 code.
                     * @example USD
                     */
                    currency?: string;
                    /**
                     * Closing Date
                     * Format: date-time
                     * @description When the deal is expected to close.
                     * @example 2027-03-31T00:00:00Z
                     */
                    closingDateTime?: string;
                    /**
                     * Notes
                     * @description What the customer needs, in free text.
                     */
                    notes?: string;
                    /**
                     * Campaign ID
                     * @description The campaign of the referral.
                     */
                    campaignId?: string;
                    /**
                     * Referral Program
                     * @description The program of the referral.
                     */
                    referralProgram?: string;
                    /**
                     * Share With Microsoft Sellers
                     * @description Whether Microsoft sellers may see the referral. Once visible this cannot be undone.
                     */
                    consentToShareReferralWithMicrosoftSellers?: boolean;
                    /**
                     * ETag
                     * @description The version these edits are meant for, with its quotes. Left out, the present version is used.
                     */
                    eTag?: string;
                };
            };
        };
        responses: {
            /** @description What was changed, and the referral as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Changed Fields
                         * @description The fields that were different and have been written; empty when there was nothing to do.
                         */
                        changed: string[];
                        referral: components["schemas"]["Referral"];
                    };
                };
            };
            /** @description Something in the request is missing or wrong (REFERRAL_ID_MALFORMED, REQUEST_INVALID, FIELD_UNKNOWN, VALUE_TOO_LONG, VALUE_WRONG_TYPE). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such record (REFERRAL_NOT_FOUND). */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The present state of the record does not allow this (REFERRAL_CHANGED, REFERRAL_CLOSED, REFERRAL_TRANSITION_REFUSED). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is too large (REQUEST_TOO_LARGE). */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has the wrong content type (CONTENT_TYPE_UNSUPPORTED). */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value was refused (REFERRAL_REFUSED). */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    SyncReferral: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the referral in Partner Center, a GUID.
                 * @example 4111fffc-f9ee-4d53-bba6-569135228642
                 */
                referralId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncResult"];
                };
            };
            /** @description Something in the request is missing or wrong (REFERRAL_ID_MALFORMED). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such record (REFERRAL_NOT_FOUND). */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The present state of the record does not allow this (REFERRAL_BUSY, REFERRAL_CHANGED, CRM_DUPLICATE). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value was refused (REFERRAL_REFUSED, CRM_COLUMN_UNKNOWN, CRM_VALUE_REFUSED). */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (CRM_DENIED, CRM_NOT_SET_UP, CRM_UNEXPECTED, PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (CRM_BUSY, CRM_UNREACHABLE, SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    UpsertLead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of the referral in Partner Center, a GUID.
                 * @example 4111fffc-f9ee-4d53-bba6-569135228642
                 */
                referralId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Topic
                     * @description What the lead is about.
                     * @example Contoso cloud migration
                     */
                    subject?: string;
                    /**
                     * First Name
                     * @description The given name of the contact.
                     */
                    firstName?: string;
                    /**
                     * Last Name
                     * @description The family name of the contact.
                     * @example Doe
                     */
                    lastName?: string;
                    /**
                     * Company Name
                     * @description The organization of the contact.
                     * @example Contoso
                     */
                    companyName?: string;
                    /**
                     * Email
                     * @description The e-mail address of the contact.
                     * @example jane.doe@contoso.com
                     */
                    email?: string;
                    /**
                     * Phone
                     * @description The business phone of the contact.
                     */
                    phone?: string;
                    /**
                     * Mobile Phone
                     * @description The mobile phone of the contact.
                     */
                    mobilePhone?: string;
                    /**
                     * Job Title
                     * @description The job title of the contact.
                     */
                    jobTitle?: string;
                    /**
                     * Website
                     * @description The website of the organization.
                     */
                    website?: string;
                    /**
                     * Address Line 1
                     * @description The first line of the street address.
                     */
                    addressLine1?: string;
                    /**
                     * Address Line 2
                     * @description The second line of the street address.
                     */
                    addressLine2?: string;
                    /**
                     * City
                     * @description The city.
                     */
                    city?: string;
                    /**
                     * State or Province
                     * @description The state or province.
                     */
                    stateOrProvince?: string;
                    /**
                     * Postal Code
                     * @description The postal code.
                     */
                    postalCode?: string;
                    /**
                     * Country
                     * @description The country.
                     */
                    country?: string;
                    /**
                     * Estimated Amount
                     * @description The estimated value of the deal.
                     */
                    estimatedAmount?: number;
                    /**
                     * Currency
                     * @description The currency of the estimated amount as an ISO 4217 code.
                     */
                    currency?: string;
                    /**
                     * Estimated Close Date
                     * Format: date
                     * @description The day the deal is expected to close, as YYYY-MM-DD.
                     */
                    estimatedCloseDate?: string;
                    /**
                     * Number of Employees
                     * @description How many people work for the organization.
                     */
                    numberOfEmployees?: number;
                    /**
                     * Rating
                     * @description How promising the lead is.
                     * @enum {unknown}
                     */
                    rating?: "Hot" | "Warm" | "Cold";
                    /**
                     * Description
                     * @description Everything else worth knowing.
                     */
                    description?: string;
                    /**
                     * Custom Columns
                     * @description Columns of your own, by logical name, for example new_region.
                     */
                    customColumns?: {
                        [key: string]: unknown;
                    };
                    /**
                     * Force
                     * @description Write even when nothing differs from what this service wrote last.
                     */
                    force?: boolean;
                };
            };
        };
        responses: {
            /** @description What became of the lead. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadResult"];
                };
            };
            /** @description Something in the request is missing or wrong (REFERRAL_ID_MALFORMED, REQUEST_INVALID, FIELD_UNKNOWN, VALUE_TOO_LONG, VALUE_WRONG_TYPE). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such record (REFERRAL_NOT_FOUND). */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The present state of the record does not allow this (REFERRAL_BUSY, CRM_DUPLICATE). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is too large (REQUEST_TOO_LARGE). */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has the wrong content type (CONTENT_TYPE_UNSUPPORTED). */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value was refused (CRM_COLUMN_UNKNOWN, CRM_VALUE_REFUSED). */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (CRM_DENIED, CRM_NOT_SET_UP, CRM_UNEXPECTED, PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (CRM_BUSY, CRM_UNREACHABLE, SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    GetLeadSchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The custom columns. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadSchema"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value was refused (CRM_VALUE_REFUSED). */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (CRM_DENIED, CRM_NOT_SET_UP, CRM_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (SIGN_IN_NOT_CONFIGURED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, CRM_BUSY, CRM_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ListChoices: {
        parameters: {
            query?: {
                /** @description Of the substatuses only those that go with this status: New, Active or Closed. */
                status?: string;
            };
            header?: never;
            path: {
                /** @description Which list. */
                list: "events" | "statuses" | "substatuses" | "sales-stages" | "solution-areas" | "products" | "industries" | "services";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The values to choose from. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Choices"];
                };
            };
            /** @description Something in the request is missing or wrong (REQUEST_INVALID, VALUE_TOO_LONG). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    WhenSyncNeedsAttention: {
        parameters: {
            query?: {
                /** @description The value of the answer before: only what came after is told. Left out, all that waits now, at most a hundred. */
                since?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What waits for a person. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attention"];
                };
            };
            /** @description Something in the request is missing or wrong (REQUEST_INVALID, VALUE_TOO_LONG). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    GetTimeline: {
        parameters: {
            query?: {
                /** @description The id of the entry that the answer begins after. */
                after?: string;
                /** @description How many entries at the most. */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The id of the referral in Partner Center, a GUID.
                 * @example 4111fffc-f9ee-4d53-bba6-569135228642
                 */
                referralId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What happened. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            /** @description Something in the request is missing or wrong (REFERRAL_ID_MALFORMED, REQUEST_INVALID, VALUE_TOO_LONG, VALUE_WRONG_TYPE). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ListSubscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscriptions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Subscriptions
                         * @description Oldest first.
                         */
                        value: components["schemas"]["SubscriptionResult"][];
                    };
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    WhenReferralChanges: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Callback URL
                     * Format: uri
                     * @description Where events are sent: the https address of a flow, or of another receiver whose host this service allows.
                     */
                    callbackUrl: string;
                    /**
                     * Events
                     * @description Which events to send. All events about referrals when left out.
                     * @default [
                     *       "referral-created",
                     *       "referral-updated",
                     *       "related-referral-created",
                     *       "related-referral-updated"
                     *     ]
                     */
                    events?: ("referral-created" | "referral-updated" | "related-referral-created" | "related-referral-updated" | "test-created")[];
                };
            };
        };
        responses: {
            /** @description The subscription; DELETE at its address, in Location, ends it. */
            201: {
                headers: {
                    /** @description The address of the subscription. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionResult"];
                };
            };
            /** @description Something in the request is missing or wrong (REQUEST_INVALID, FIELD_UNKNOWN, VALUE_TOO_LONG, VALUE_WRONG_TYPE). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is too large (REQUEST_TOO_LARGE). */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has the wrong content type (CONTENT_TYPE_UNSUPPORTED). */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value was refused (SUBSCRIBER_URL_REFUSED, SUBSCRIPTIONS_EXHAUSTED). */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    Unsubscribe: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the subscription. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is no such subscription any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    GetWebhookRegistration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The registration as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookRegistration"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (CONFIG_INVALID, INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    RegisterWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Overwrite
                     * @description Take the place of another system that is registered. It gets no events any more.
                     * @default false
                     */
                    overwrite?: boolean;
                };
            };
        };
        responses: {
            /** @description The registration as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookRegistration"];
                };
            };
            /** @description Something in the request is missing or wrong (REQUEST_INVALID, FIELD_UNKNOWN, VALUE_TOO_LONG, VALUE_WRONG_TYPE). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The present state of the record does not allow this (WEBHOOK_TAKEN). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is too large (REQUEST_TOO_LARGE). */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has the wrong content type (CONTENT_TYPE_UNSUPPORTED). */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value was refused (WEBHOOK_REFUSED). */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (CONFIG_INVALID, INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    SendTestEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What came of the test event. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestEventResult"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The present state of the record does not allow this (WEBHOOK_NOT_REGISTERED, WEBHOOK_TAKEN). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value was refused (WEBHOOK_REFUSED). */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (CONFIG_INVALID, INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another system refused or gave an unexpected answer (PARTNER_CENTER_DENIED, PARTNER_CENTER_UNEXPECTED). */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (SIGN_IN_NOT_CONFIGURED, SIGN_IN_EXPIRED, SIGN_IN_REFUSED, SIGN_IN_UNREACHABLE, PARTNER_CENTER_BUSY, PARTNER_CENTER_UNREACHABLE, STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    TestConnection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection works. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connection"];
                };
            };
            /** @description The caller, or the callback, could not be proven genuine (CALLER_UNAUTHENTICATED, CALLER_TOKEN_EXPIRED). */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this (CALLER_FORBIDDEN). */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests, wait for the time in Retry-After (TOO_MANY_REQUESTS). */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description An error of the service (INTERNAL). */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment, try again later (STORE_UNAVAILABLE). */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
