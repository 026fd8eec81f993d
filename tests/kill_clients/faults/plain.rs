//! Chapter 10.2: plain, towards an original server.

faults! { Plain {
    FallsBackOnAnything: "takes anything but a server-line for an original server",
        breaks "plain.client-no-guess", fails ["client.plain.not-quite-the-line", "client.plain.another-line", "client.plain.noise"];
    FallsBackOnMore: "looks at the beginning of the echo only",
        breaks "plain.client-no-guess", fails ["client.plain.not-quite-the-line"];
    FallsBackOnAlike: "takes any line of a client for its own",
        breaks "plain.client-no-guess", fails ["client.preface.malformed-role", "client.plain.not-quite-the-line", "client.plain.another-line"];
    FallsBackOnSilence: "takes silence for an original server",
        breaks "plain.client-no-guess", fails ["client.plain.silence"], waits;
    OneReadIsTheLine: "takes what one read has returned for the echo of its line",
        breaks "plain.client-fallback", fails ["client.plain.line-in-pieces"];
    ConnectsAnew: "speaks plain on another connection",
        breaks "plain.client-fallback", fails ["client.plain.text"];
    NoPause: "pauses nowhere",
        breaks "plain.client-pauses", fails ["client.plain.text-pauses", "client.plain.upload-pauses"];
    ShortPause: "pauses for 50 ms",
        breaks "plain.client-pauses", fails ["client.plain.text-pauses", "client.plain.upload-pauses"];
    HeaderRunsOn: "sends the file right behind the header",
        breaks "plain.client-pauses", fails ["client.plain.upload", "client.plain.upload-pauses", "client.plain.upload-like-a-header", "client.plain.echo-of-header", "client.plain.mark-lost"];
    MarkRunsOn: "sends the end mark right behind the file",
        breaks "plain.client-pauses", fails ["client.plain.upload", "client.plain.upload-pauses", "client.plain.upload-like-a-header", "client.plain.mark-lost"];
    LongHeader: "sends a header of any length",
        breaks "plain.client-header", fails ["client.plain.header-too-long"];
    ColonInName: "sends a header with any names",
        breaks "plain.client-header", fails ["client.plain.header-colon", "client.plain.header-source-colon"];
    SendsHeaderAsText: "sends any text",
        breaks "plain.client-text", fails ["client.plain.text-opening"];
    HeaderAtStartOnly: "looks for a header at the beginning of a text",
        breaks "plain.client-text", fails ["client.plain.text-opening"];
    OnePiece: "sends a text of any length in one piece",
        breaks "plain.client-text", fails ["client.plain.text-long"];
    NoEcho: "does not wait for the echo",
        breaks "plain.client-echo", fails ["client.plain.text-echo-short", "client.plain.text-echo-different", "client.plain.text-echo-long", "client.plain.text-echo-none", "client.plain.text-long", "client.plain.mark-lost"];
    AnyEcho: "takes whatever comes back for the echo",
        breaks "plain.client-echo", fails ["client.plain.text-echo-short", "client.plain.text-echo-different", "client.plain.text-echo-long"];
    OneReadIsTheEcho: "takes what one read has returned for the echo",
        breaks "plain.client-echo", fails ["client.plain.text-echo-in-pieces"];
    DeafInside: "does not read inside an upload",
        breaks "plain.client-echo", fails ["client.plain.echo-of-header"];
    SendsMark: "sends a file that holds the end mark",
        breaks "plain.client-mark", fails ["client.plain.upload-mark-inside", "client.plain.upload-mark-across-blocks"];
    ClosesInside: "closes inside an upload",
        breaks "plain.client-never-inside", fails ["client.plain.echo-of-header"];
    NoProbe: "sends nothing behind the end mark",
        breaks "plain.client-probe", fails ["client.plain.upload", "client.plain.upload-empty", "client.plain.upload-pauses", "client.plain.upload-like-a-header", "client.plain.mark-lost"];
    NoDoubt: "gives up when the probe is not echoed",
        breaks "plain.client-doubt", fails ["client.plain.mark-lost"], waits;
    DoubtIsSuccess: "reports a doubtful upload as stored",
        breaks "plain.client-doubt", fails ["client.plain.mark-lost"], waits;
} }
