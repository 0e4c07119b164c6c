/** The words of the privacy notice, in English and German. A datum without a word does not type-check. */
import type { DatumName } from "../../device/privacy/data-map.ts";
import type { LegalBasis, Purpose, Recipient, Retention } from "../../device/privacy/datum.ts";

export type Language = "en" | "de";
type Both = Readonly<Record<Language, string>>;

export const bases: Readonly<Record<LegalBasis, Both>> = {
  contract: {
    en: "you asked for it (UK GDPR article 6(1)(b))",
    de: "Sie haben es so gewünscht (Art. 6 Abs. 1 lit. b DSGVO)",
  },
  "legitimate-interests": {
    en: "your security and ours (article 6(1)(f))",
    de: "Ihre und unsere Sicherheit (Art. 6 Abs. 1 lit. f)",
  },
  consent: {
    en: "only if you agree (article 6(1)(a))",
    de: "nur wenn Sie zustimmen (Art. 6 Abs. 1 lit. a)",
  },
  "not-personal": { en: "says nothing about you", de: "sagt nichts über Sie" },
};

export const recipients: Readonly<Record<Recipient, Both>> = {
  owner: {
    en: "you, through the message service (broker) named at set-up",
    de: "Sie, über den bei der Einrichtung genannten Nachrichtendienst (Broker)",
  },
  maker: { en: "the maker, through the broker", de: "der Hersteller, über den Broker" },
  "home-assistant": {
    en: "your own Home Assistant, through the broker",
    de: "Ihr eigenes Home Assistant, über den Broker",
  },
  router: { en: "your Wi-Fi router, to join it", de: "Ihr WLAN-Router, zum Anmelden" },
  nobody: { en: "nobody: it stays in the device", de: "niemand: es bleibt im Gerät" },
};

export const retentions: Readonly<Record<Retention, Both>> = {
  ownership: {
    en: "until you change it, hand the device on or erase it",
    de: "bis Sie es ändern, das Gerät weitergeben oder löschen",
  },
  newest: { en: "the newest value only", de: "nur der neueste Wert" },
  journal: {
    en: "the newest 24 events on the device; thirteen months at the service",
    de: "die neuesten 24 Ereignisse im Gerät; dreizehn Monate beim Dienst",
  },
  history: { en: "thirteen months at the service", de: "dreizehn Monate beim Dienst" },
  quarter: { en: "ninety days at the maker", de: "neunzig Tage beim Hersteller" },
  answer: { en: "until you have the answer", de: "bis Sie die Antwort haben" },
  device: { en: "as long as the device exists", de: "solange es das Gerät gibt" },
};

export const purposeWords: Readonly<Record<Purpose, Both>> = {
  climate: {
    en: "the climate of the room, and its history",
    de: "das Raumklima und sein Verlauf",
  },
  diagnostics: {
    en: "a summary once a day for the maker, to find faults",
    de: "einmal am Tag eine Zusammenfassung für den Hersteller, um Fehler zu finden",
  },
  "home-assistant": {
    en: "show the device in your Home Assistant",
    de: "das Gerät in Ihrem Home Assistant zeigen",
  },
};

/** What a datum is for, in German; the English is the map's own. */
export const inGerman: Readonly<Record<DatumName, string>> = {
  lamp: "um Ihnen zu zeigen, ob die Lampe an ist",
  quiet: "um für ein Update dann neu zu starten, wenn es niemanden stört",
  temperature: "um Ihnen das Raumklima zu zeigen, jetzt und im Verlauf",
  humidity: "um Ihnen das Raumklima zu zeigen, jetzt und im Verlauf",
  event: "um Ihnen Angriffe und Störungen zu melden",
  reason: "um den Grund des Ereignisses zu nennen",
  at: "um zu sagen, wann es geschah",
  sequence: "um zu zeigen, dass ein Ereignis fehlt",
  times: "um zu sagen, wie viele gleiche gezählt wurden",
  after: "um das Ereignis davor zu nennen: ein entferntes fällt auf",
  prev: "um das Siegel des Ereignisses davor zu wiederholen",
  mark: "um zu zeigen, dass niemand das Ereignis verändert hat",
  age: "um zu sagen, wie lange eine Meldung auf das Netz warten musste",
  id: "um den Befehl zu nennen, auf den ein Ereignis antwortet",
  version: "um zu sagen, um welche Firmware es geht",
  severity: "um zu sagen, wie dringend ein Update ist",
  why: "um mit den Worten des Herstellers zu sagen, wofür ein Update ist",
  risk: "um zu sagen, was ohne das Update droht",
  request: "um die Dienste um Löschung zu bitten und ihre Antwort zu erkennen",
  receipt: "um zu beweisen, dass das Gerät vergessen hat",
  ssid: "um sich in Ihrem WLAN anzumelden",
  wifiPassword: "um sich in Ihrem WLAN anzumelden",
  broker: "um den Dienst zu erreichen, den Sie gewählt haben",
  key: "um Ihre Aufträge von denen Fremder zu unterscheiden",
  part: "um einen Teil der Antwort zu benennen",
  parts: "um zu sagen, wie viele Teile die Antwort hat",
  disclosure: "um Ihnen zu sagen, wo man eine Schwachstelle des Geräts meldet",
  child: "um für ein Kind alles Freiwillige ausgeschaltet zu lassen",
  agreedTo: "um zu belegen, wozu Sie ja oder nein gesagt haben",
  granted: "um zu belegen, ob es ein Ja oder ein Nein war",
  notice: "um zu belegen, welche Fassung dieser Erklärung galt",
  decidedAt: "um zu belegen, wann Sie entschieden haben",
  since: "um Ihnen nichts von der Zeit vor Ihnen zu zeigen",
  firmware: "um zu sehen, welche Firmware einen Fehler hat",
  hours: "um zu sehen, ob Geräte zu oft neu starten",
  memory: "um zu sehen, ob der Speicher knapp wird",
  refusals: "um zu sehen, ob viele Geräte zugleich angegriffen werden",
  anomalies: "um zu sehen, welche Angriffe Geräte von selbst beantwortet haben",
  dropped: "um zu sehen, ob bei Ausfällen Meldungen verloren gehen",
  announcement: "damit Ihr Home Assistant das Gerät findet",
  installed: "um in Home Assistant zu zeigen, welche Firmware läuft",
  offered: "um in Home Assistant zu zeigen, welche Firmware angeboten wird",
  ownerAreaKey: "um zu versiegeln, was Sie angegeben haben",
  claimedMark: "um zu bemerken, dass Ihre Angaben beschädigt wurden",
  orderCounter: "um keinen Auftrag zweimal auszuführen",
  lockOut: "um zu bremsen, wer das Passwort rät",
  timeFloor: "um keiner Uhr zu glauben, die zurückgeht",
  updateState: "um Updates zu installieren und nie ein älteres",
  heir: "damit nur der nächste Besitzer ein weitergegebenes Gerät übernimmt",
  serial: "um Gerät und Etikett zuzuordnen",
  unitId: "um dem Gerät im Netz einen zufälligen Namen zu geben",
  verifier: "um das Passwort auf dem Etikett zu prüfen",
  identity: "um dem Broker zu beweisen, welches Gerät es ist",
  deviceKey: "um dem Broker zu beweisen, welches Gerät es ist",
  anchors: "um den Broker von einem Betrüger zu unterscheiden",
};
