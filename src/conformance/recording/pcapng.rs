//! A recording as a pcapng file: Ethernet, IP and TCP around its octets.
//!
//! Only the payloads and their times went over a wire. Handshakes, acknowledgements, window
//! sizes and the client's ports are made up, so that a program that reassembles TCP shows the
//! streams as they were.

use std::net::{IpAddr, SocketAddr};

use super::Recording;
use crate::conformance::record::{Conversation, Party, Tested, What, unhex};

/// Most payload of a segment.
const SEGMENT: usize = 1400;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

pub(super) fn capture(recording: &Recording) -> Vec<u8> {
    let mut packets = Vec::new();
    let connections = recording.case.evidence.iter().zip(&recording.after_us);
    for (number, (conversation, after)) in connections.enumerate() {
        let opened = recording.opened_us + after;
        let suite_listens = recording.tested == Tested::Client;
        let tcp = Tcp::new(recording.server, number, suite_listens);
        tcp.conversation(conversation, opened, &mut packets);
    }
    // Stable: what is of one moment stays in its order.
    packets.sort_by_key(|(at_us, _)| *at_us);
    let comment = format!("{}: {}", recording.case.case, recording.case.verdict);
    let mut file = section(&comment);
    for (at_us, packet) in &packets {
        file.extend(enhanced_packet(*at_us, packet));
    }
    file
}

/// The section's header with a comment, and the only interface: Ethernet, microseconds.
fn section(comment: &str) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(0x1A2B_3C4D_u32.to_le_bytes());
    header.extend([1, 0, 0, 0]);
    header.extend(u64::MAX.to_le_bytes());
    header.extend(1_u16.to_le_bytes());
    header.extend(u16::try_from(comment.len()).unwrap_or(0).to_le_bytes());
    header.extend(padded(comment.as_bytes()));
    header.extend([0; 4]);
    let mut interface = Vec::new();
    interface.extend(1_u16.to_le_bytes());
    interface.extend([0; 2]);
    interface.extend(0_u32.to_le_bytes());
    [block(0x0A0D_0D0A, &header), block(1, &interface)].concat()
}

fn enhanced_packet(at_us: u64, packet: &[u8]) -> Vec<u8> {
    let len = length(packet.len());
    let mut body = Vec::new();
    body.extend(0_u32.to_le_bytes());
    body.extend(half(at_us >> 32).to_le_bytes());
    body.extend(half(at_us).to_le_bytes());
    body.extend(len.to_le_bytes());
    body.extend(len.to_le_bytes());
    body.extend(padded(packet));
    block(6, &body)
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let total = length(12 + body.len()).to_le_bytes();
    [&kind.to_le_bytes(), &total, body, &total].concat()
}

fn padded(octets: &[u8]) -> Vec<u8> {
    let mut padded = octets.to_vec();
    padded.resize(octets.len().next_multiple_of(4), 0);
    padded
}

/// The lower half of a number.
fn half(number: u64) -> u32 {
    u32::try_from(number & 0xFFFF_FFFF).unwrap_or_default()
}

fn length(len: usize) -> u32 {
    u32::try_from(len).expect("a packet is short")
}

/// One end of a connection.
#[derive(Clone, Copy)]
struct End {
    address: SocketAddr,
    /// The number of the next octet that it sends.
    next: u32,
}

/// A connection, whose suite's end is the first of the two, and its client's this one.
struct Tcp {
    ends: [End; 2],
    client: usize,
}

impl Tcp {
    fn new(server: SocketAddr, number: usize, suite_listens: bool) -> Self {
        // A port for each connection, among those that no one is given.
        let port = 49_152 + u16::try_from(number % 16_384).unwrap_or_default();
        let client = match server.ip() {
            IpAddr::V4(ip) if !ip.is_loopback() => IpAddr::from([192, 0, 2, 1]),
            IpAddr::V6(ip) if !ip.is_loopback() => IpAddr::from([0x2001, 0xDB8, 0, 0, 0, 0, 0, 1]),
            loopback => loopback,
        };
        let client = End { address: SocketAddr::new(client, port), next: 1000 };
        let server = End { address: server, next: 5000 };
        if suite_listens {
            Self { ends: [server, client], client: 1 }
        } else {
            Self { ends: [client, server], client: 0 }
        }
    }

    fn conversation(
        mut self,
        conversation: &Conversation,
        opened: u64,
        packets: &mut Vec<(u64, Vec<u8>)>,
    ) {
        let client = self.client;
        packets.push((opened, self.packet(client, SYN, &[])));
        packets.push((opened, self.packet(1 - client, SYN | ACK, &[])));
        packets.push((opened, self.packet(client, ACK, &[])));
        let mut broken = false;
        for event in &conversation.events {
            let at = opened + event.at_us;
            let from = usize::from(event.by == Party::Target);
            if broken {
                continue;
            }
            match &event.what {
                What::Octets { hex, .. } => {
                    for piece in unhex(hex).chunks(SEGMENT) {
                        packets.push((at, self.packet(from, PSH | ACK, piece)));
                    }
                }
                What::EndOfStream => packets.push((at, self.packet(from, FIN | ACK, &[]))),
                // The suite sees a reset at a read or at a write: it is the target's.
                What::Reset => {
                    packets.push((at, self.packet(1, RST | ACK, &[])));
                    broken = true;
                }
            }
        }
    }

    fn packet(&mut self, from: usize, flags: u8, payload: &[u8]) -> Vec<u8> {
        let (source, destination) = (self.ends[from], self.ends[1 - from]);
        let acknowledged = if flags & ACK == 0 { 0 } else { destination.next };
        let mut segment = Vec::with_capacity(20 + payload.len());
        segment.extend(source.address.port().to_be_bytes());
        segment.extend(destination.address.port().to_be_bytes());
        segment.extend(source.next.to_be_bytes());
        segment.extend(acknowledged.to_be_bytes());
        segment.extend([0x50, flags]);
        segment.extend(u16::MAX.to_be_bytes());
        segment.extend([0; 4]);
        segment.extend_from_slice(payload);
        let one = u32::from(flags & (SYN | FIN) != 0);
        self.ends[from].next = source.next.wrapping_add(length(payload.len()) + one);
        ethernet(source.address.ip(), destination.address.ip(), segment)
    }
}

/// Ethernet and IP around a segment, whose checksum is filled in.
fn ethernet(source: IpAddr, destination: IpAddr, mut segment: Vec<u8>) -> Vec<u8> {
    let len = u16::try_from(segment.len()).unwrap_or_default();
    let (kind, header, addresses) = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let addresses = [source.octets(), destination.octets()].concat();
            let mut header = vec![0x45, 0];
            header.extend((20 + len).to_be_bytes());
            header.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
            header.extend_from_slice(&addresses);
            let sum = checksum(&[&header]).to_be_bytes();
            header[10..12].copy_from_slice(&sum);
            ([0x08, 0x00], header, addresses)
        }
        (source, destination) => {
            let octets = |ip: IpAddr| match ip {
                IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            let addresses = [octets(source), octets(destination)].concat();
            let mut header = vec![0x60, 0, 0, 0];
            header.extend(len.to_be_bytes());
            header.extend([6, 64]);
            header.extend_from_slice(&addresses);
            ([0x86, 0xDD], header, addresses)
        }
    };
    let sum = checksum(&[&addresses, &[0, 6], &len.to_be_bytes(), &segment]).to_be_bytes();
    segment[16..18].copy_from_slice(&sum);
    [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], kind.as_slice(), &header, &segment].concat()
}

/// The checksum of the internet; every part but the last has an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let word = |octets: &[u8]| u64::from(octets[0]) << 8 | octets.get(1).map_or(0, |&o| o.into());
    let mut sum: u64 = words.map(word).sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_over_what_it_is_in_is_zero() {
        for target in ["127.0.0.1:9", "[::1]:9", "198.51.100.7:9"] {
            let mut tcp = Tcp::new(target.parse().expect("an address"), 3, false);
            let packet = tcp.packet(0, PSH | ACK, b"odd");
            let (header, addresses) = match packet[12] {
                0x08 => (14..34, 26..34),
                _ => (14..54, 22..54),
            };
            if packet[12] == 0x08 {
                assert_eq!(checksum(&[&packet[header.clone()]]), 0);
            }
            let segment = &packet[header.end..];
            let len = u16::try_from(segment.len()).expect("short").to_be_bytes();
            assert_eq!(checksum(&[&packet[addresses], &[0, 6], &len, segment]), 0, "{target}");
        }
    }

    #[test]
    fn the_numbers_of_a_stream_go_on_where_they_ended() {
        let mut tcp = Tcp::new("127.0.0.1:9".parse().expect("an address"), 0, false);
        tcp.packet(0, SYN, &[]);
        tcp.packet(1, SYN | ACK, &[]);
        tcp.packet(0, PSH | ACK, b"four");
        let answer = tcp.packet(1, FIN | ACK, &[]);
        let number = |at: usize| u32::from_be_bytes(answer[at..at + 4].try_into().expect("four"));
        assert_eq!((number(38), number(42)), (5001, 1005));
        assert_eq!(tcp.ends[1].next, 5002);
    }

    #[test]
    fn blocks_say_their_length_at_both_ends() {
        let mut file = section("case: PASS");
        file.extend(enhanced_packet(1 << 40, b"packet"));
        let mut rest = file.as_slice();
        let mut blocks = 0;
        while !rest.is_empty() {
            let len = u32::from_le_bytes(rest[4..8].try_into().expect("four"));
            let (block, left) = rest.split_at(usize::try_from(len).expect("short"));
            assert_eq!(block.len() % 4, 0);
            assert_eq!(block[block.len() - 4..], len.to_le_bytes());
            rest = left;
            blocks += 1;
        }
        assert_eq!(blocks, 3);
    }
}
