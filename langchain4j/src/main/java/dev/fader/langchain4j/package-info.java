/// Fader's models in programs that use LangChain4j. The model runs inside the program.
///
/// The door is [dev.fader.langchain4j.FaderChatModel].
@NullMarked
package dev.fader.langchain4j;

import org.jspecify.annotations.NullMarked;
