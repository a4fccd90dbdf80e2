import type { MqttClient } from 'mqtt';
import type { IPublishPacket } from 'mqtt-packet';

/** Tells mqtt.js not to acknowledge by itself and to go on with the next message. */
class AcknowledgedLater extends Error {}

type Sender = (packet: { readonly cmd: 'puback'; readonly messageId: number }) => void;

/**
 * Makes a client acknowledge QoS 1 only after the message is stored, with many messages in hand at a time.
 *
 * mqtt.js 5.16 has no way of its own for this: a message whose handler ends with an error is not acknowledged and the
 * next one goes on, and the acknowledgement is sent through its internal `_sendPacket`. The version is pinned exactly,
 * and a test holds both habits fast.
 */
export function acknowledgeLate(client: MqttClient, handle: (packet: IPublishPacket) => Promise<void>): void {
  const send = (client as unknown as { _sendPacket: Sender })._sendPacket.bind(client);
  client.handleMessage = (packet, done) => {
    if (packet.qos === 1 && packet.messageId !== undefined) {
      const { messageId } = packet;
      const stream = client.stream;
      handle(packet as IPublishPacket).then(
        () => {
          // Message ids mean nothing on a later connection: there the broker delivers again.
          if (client.connected && client.stream === stream) send({ cmd: 'puback', messageId });
        },
        () => undefined,
      );
      done(new AcknowledgedLater());
      return;
    }
    // QoS 0 is acknowledged to nobody, QoS 2 was stored when it came in: the next one may follow.
    if (packet.qos === 0) handle(packet as IPublishPacket).catch(() => undefined);
    done();
  };
}
