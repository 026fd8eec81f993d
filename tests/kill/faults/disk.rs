//! Chapter 6 as it shows on disk.

faults! { Disk {
    FollowsLinks: "follows symbolic links",
        breaks "path.symbolic-link",
        fails ["disk.link-last", "disk.link-middle", "disk.link-first", "disk.link-outside"];
    ChecksLastOnly: "looks for a link in the last component alone",
        breaks "path.symbolic-link",
        fails ["disk.link-middle", "disk.link-first", "disk.link-outside"];
    ChecksFoldersOnly: "looks for links in folders alone",
        breaks "path.symbolic-link",
        fails ["disk.link-last", "disk.link-dangling", "disk.link-itself"];
    ChecksFromSecond: "looks for links below the first component",
        breaks "path.symbolic-link", fails ["disk.link-first"];
    ComparesRealPaths: "resolves links, and refuses what is then outside of the root",
        breaks "path.symbolic-link",
        fails ["disk.link-last", "disk.link-middle", "disk.link-dangling"];
    DanglingIsNothing: "asks whether a path exists, which follows links",
        breaks "path.symbolic-link",
        fails ["disk.link-dangling", "disk.link-dangling-folder", "disk.link-itself"];
    OverwriteReplacesLink: "does not look at what OVERWRITE replaces",
        breaks "path.symbolic-link", fails ["disk.link-last-overwrite"];
    ResumeFollowsLink: "looks for the file that RESUME goes on from, through a link",
        breaks "path.symbolic-link", fails ["disk.link-resume"];
    LinkIsBadPath: "takes a link for a bad path",
        breaks "path.symbolic-link", fails ["disk.link-last", "disk.link-middle"];
    WalksOnce: "does not walk along the destination again at END",
        breaks "path.inside-root", fails ["disk.link-outside-late"];
    PermissionFails: "takes want of permission for a failure of its storage",
        breaks "file.permission", fails ["disk.permission"];
    OpensDestination: "opens the destination to see whether it is there",
        breaks "file.exists", fails ["disk.pipe", "disk.pipe-overwrite"], hangs;
    OnlyFilesExist: "asks whether the destination is a file",
        breaks "file.exists", fails ["disk.pipe"];
    OpensSource: "opens the source to see whether it is here",
        breaks "path.source-informational", fails ["disk.source-pipe"], hangs;
    EmptyIsNothing: "takes a file of no octets for none",
        breaks "file.exists", fails ["disk.exists-empty"];
    KnowsItsOwn: "remembers what it has stored and does not look",
        breaks "file.exists", fails ["disk.exists", "disk.exists-empty"];
    FileAsFolderFails: "takes a file in the way for a failure of its storage",
        breaks "path.file-as-folder", fails ["disk.file-as-folder"];
    FileBecomesFolder: "removes a file that is in the way",
        breaks "path.file-as-folder", fails ["disk.file-as-folder"];
    FolderIsNothing: "does not ask whether the destination is a folder",
        breaks "file.exists-folder", fails ["file.exists-folder"];
    WritesInPlace: "writes into the destination as octets come",
        breaks "publish.whole",
        fails ["disk.hidden-until-end", "disk.old-until-end", "disk.old-after-loss",
            "disk.folders-late", "disk.held-hidden"];
    FoldersEarly: "makes the folders at FILE",
        breaks "publish.folders-late", fails ["disk.folders-late", "disk.folders-refused"];
    CopiesAtEnd: "copies what has come to its destination",
        breaks "publish.whole", fails ["disk.whole-at-once"];
    StoredBeforePublication: "answers first and publishes then",
        breaks "publish.before-stored", fails ["disk.visible-before-stored"];
    RemovesOldFirst: "removes the old file at FILE",
        breaks "publish.nothing-on-failure",
        fails ["disk.old-until-end", "disk.old-after-loss", "disk.old-after-mismatch"];
    RemovesOldOnFailure: "removes the destination when an upload fails",
        breaks "publish.nothing-on-failure",
        fails ["disk.old-until-end", "disk.old-after-loss"];
    PublishesBeforeDigest: "publishes and compares then",
        breaks "publish.nothing-on-failure", fails ["disk.old-after-mismatch"];
    WritesIntoOld: "writes into the old file",
        breaks "publish.whole", fails ["disk.another-name"];
    RenameReplaces: "publishes by a rename, which replaces",
        breaks "publish.exists-again", fails ["disk.exists-again"];
    LateOverwriteRefused: "forgets OVERWRITE at publication",
        breaks "publish.exists-again", fails ["disk.exists-again-overwrite"];
    LateFileAsFolderFails: "takes a file that has come into the way for a failure of its storage",
        breaks "end.judged-in-order", fails ["disk.file-as-folder-late"];
    LateFolderFails: "takes a folder that has appeared for a failure of its storage",
        breaks "end.judged-in-order", fails ["disk.folder-late"];
    CompleteRewritten: "writes a complete file again",
        breaks "held.complete-untouched", fails ["disk.complete-untouched"];
    KeepsUnderItsName: "keeps what has come under the destination when the connection is lost",
        breaks "resume.hidden", fails ["disk.held-hidden", "disk.old-after-loss"];
    LastBlockLost: "does not flush the last block",
        breaks "publish.whole", fails ["disk.visible-before-stored", "disk.another-name"];
    LineEnds: "writes the file in text mode",
        breaks "publish.whole", fails ["disk.visible-before-stored", "disk.another-name"];
} }
