/** The objects of ocpp-board-api(7). Fields that an event does not have are left out by the server. */
export type Direction = 'IN' | 'OUT';
export type MessageType = 'CALL' | 'CALLRESULT' | 'CALLERROR' | 'SEND' | 'CALLRESULTERROR';
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface OcppMessage {
  id: string;
  identity: string;
  gateway: string;
  direction: Direction;
  type: MessageType;
  method?: string;
  messageId?: string;
  params?: Json;
  payload?: Json;
  timestamp: string;
  latencyMs?: number;
  protocol?: string;
  source?: string;
  truncated?: boolean;
  raw?: string;
}

export interface MessagePair {
  message: OcppMessage;
  counterpart: OcppMessage | null;
}

export type StationStatus = 'online' | 'offline' | 'evicted';

export interface Connector {
  evseId?: number;
  connectorId?: number;
  status?: string;
  errorCode?: string;
  timestamp?: string;
}

export interface MeterValue {
  measurand: string;
  value: number | string;
  unit?: string;
  phase?: string;
  timestamp?: string;
}

export interface Transaction {
  transactionId: string | number;
  evseId?: number;
  connectorId?: number;
  idTag?: string;
  idToken?: string;
  startedAt?: string;
  meterStart?: number;
  energyWh?: number;
  powerW?: number;
  soc?: number;
  chargingState?: string;
  meterValues?: MeterValue[];
}

export interface BootInfo {
  vendor?: string;
  model?: string;
  serialNumber?: string;
  firmwareVersion?: string;
  status?: string;
}

export type StationProblem = 'offline' | 'faulted' | 'flapping' | 'slow' | 'errors';

export interface Connection {
  identity: string;
  gateway: string;
  remoteAddress?: string;
  protocol?: string;
  connectedAt?: string;
  disconnectedAt?: string | null;
  status: StationStatus;
  securityProfile?: number;
  messageCount?: number;
  messagesIn?: number;
  messagesOut?: number;
  errorCount?: number;
  lastMessageAt?: string | null;
  avgLatencyMs?: number | null;
  closeCode?: number | null;
  closeReason?: string | null;
  connects?: number;
  bootStatus?: string;
  boot?: BootInfo;
  connectors?: Connector[];
  activeTransactions?: number;
  problems?: StationProblem[];
  sessionData?: Json;
}

export interface StationSession {
  connectedAt: string;
  disconnectedAt?: string | null;
  closeCode?: number | null;
  closeReason?: string | null;
  remoteAddress?: string;
}

export interface StationDetail extends Connection {
  messages?: OcppMessage[];
  transactions?: Transaction[];
  firmware?: { status?: string; timestamp?: string };
  lastError?: { code?: string; description?: string; method?: string; timestamp?: string };
  sessions?: StationSession[];
  connectsLastHour?: number;
}

/** A station that tried to connect and that no gateway's list of stations has. */
export interface UnknownStation {
  identity: string;
  gateway: string;
  remoteAddress?: string;
  count: number;
  firstSeen: string;
  lastSeen: string;
}

export interface ConnectionEvent {
  id: string;
  gateway: string;
  event: 'connected' | 'disconnected';
  identity: string;
  remoteAddress?: string;
  protocol?: string;
  timestamp: string;
  closeCode?: number;
  closeReason?: string;
  durationMs?: number;
}

export type Severity = 'low' | 'medium' | 'high' | 'critical';

export interface SecurityEvent {
  id: string;
  gateway: string;
  category: string;
  severity: Severity;
  identity?: string;
  remoteAddress?: string;
  timestamp: string;
  message?: string;
  count?: number;
}

export interface ErrorEvent {
  id: string;
  gateway: string;
  category: string;
  identity?: string;
  method?: string;
  messageId?: string;
  timestamp: string;
  message?: string;
  raw?: string;
  payload?: Json;
}

export interface SystemEvent {
  id: string;
  gateway: string;
  category?: string;
  type?: string;
  identity?: string;
  timestamp: string;
  message?: string;
  count?: number;
}

export type LogLevel = 'error' | 'warning' | 'info' | 'debug';

export interface LogLine {
  id: string;
  gateway?: string;
  process?: string;
  level: LogLevel;
  topic?: string;
  message: string;
  timestamp: string;
}

export type GatewayState = 'live' | 'hung' | 'down' | 'absent' | 'silent' | 'unreachable' | 'capture';

/** Whether a gateway takes commands from this dashboard. */
export type Control = 'available' | 'off' | 'unreachable';

export interface GatewayInfo {
  name: string;
  state: GatewayState;
  control?: Control;
  build?: string;
  startedAt?: string;
  pid?: number;
}

export interface Overview {
  connectedClients: number;
  totalConnections: number;
  messagesPerSecond: number;
  avgLatencyMs: number | null;
  errorRate: number;
  uptimeSeconds: number;
  totalMessages: number;
  recentMessages: OcppMessage[];
  securityEventCount: number;
  errorCount: number;
  systemEventCount: number;
  peakConnections: number;
  memoryUsage?: { rss?: number };
  gateways?: GatewayInfo[];
  board?: { startedAt?: string; build?: string };
  attention?: Partial<Record<StationProblem, number>>;
  attentionStations?: Connection[];
}

export interface GatewayTelemetry {
  name: string;
  state: GatewayState;
  ringFill?: Record<string, number>;
  loopLagMs?: number;
  rss?: number;
  cpuPercent?: number;
  messagesPerSecond?: number;
  connectionCount?: number;
  lost?: number;
}

export interface ActionFigures {
  action: string;
  count: number;
  errors: number;
  avgMs?: number | null;
  p50?: number | null;
  p90?: number | null;
  p99?: number | null;
}

export interface Telemetry {
  timestamp: string;
  messagesPerSecond: number;
  avgLatencyMs: number | null;
  latency?: { p50?: number | null; p90?: number | null; p99?: number | null };
  errorRate: number;
  connectionCount: number;
  peakConnections: number;
  uptimeSeconds: number;
  totalMessages: number;
  gatewayCpuPercent?: number;
  boardCpuPercent?: number;
  gatewayRss?: number;
  boardRss?: number;
  gatewayLoopLagMs?: number;
  boardLoopLagMs?: number;
  memoryUsage?: { rss?: number };
  gateways?: GatewayTelemetry[];
  board?: { rss?: number; cpuPercent?: number; loopLagMs?: number; sseClients?: number };
  /** 0 to 1, by the name of what a ring holds; of several gateways that of the fullest. */
  ringFill?: Record<string, number>;
  custom?: Record<string, number>;
}

export type AuthMode = 'none' | 'disabled' | 'token' | 'credentials' | 'custom';

export interface CallOutcome {
  success: boolean;
  outcome: 'result' | 'error' | 'timeout';
  payload?: Json;
  error?: { code: string; description?: string; details?: Json };
  latencyMs?: number;
}

export interface Session {
  authenticated: boolean;
  user?: { name: string; role?: string };
  authMode: AuthMode;
  expiresAt?: string;
  csrfToken?: string;
}
