package dev.fader.collective;

/// A group whose ranks are processes, connected by an engine that a program brings.
///
/// An implementation must make `java` survive what it survives without: the engine may take no
/// signal that the virtual machine needs. A rank that ends without [#close()] must end the others.
public non-sealed interface ProcessGroup extends Collective {
  /// What connects the ranks, with its version: `Open MPI 4.1.4`.
  String engine();

  /// The machine of this rank, as its messages should name it.
  String host();
}
