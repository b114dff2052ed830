#!/bin/sh
# Makes the encoded fixtures: 7 000 frames of a chirp under a decaying envelope, at 44.1 kHz (Opus: 48 kHz).
# Every format that stores the true length must decode to exactly that many frames.
# Needs ffmpeg with libmp3lame, libopus and libvorbis, and flac, lame, oggenc, opusenc and sox.
set -eu
cd "$(dirname "$0")"
ff() { ffmpeg -v error -y -bitexact "$@"; }

chirp='0.5*exp(-6*t)*sin(2*PI*(200*t+6000*t*t))|0.4*exp(-3*t)*sin(2*PI*(300*t+3000*t*t))'
for rate in 44100 48000; do
    ff -f lavfi -i "aevalsrc=$chirp:s=$rate:n=700" -af atrim=end_sample=7000 -c:a pcm_s24le chirp$rate.wav
done
mv chirp44100.wav chirp.wav
ff -i chirp.wav -af "pan=mono|c0=0.5*c0+0.5*c1" -c:a pcm_s16le mono16.wav

# PCM in every depth and byte order.
for codec in pcm_u8 pcm_s32le pcm_f32le pcm_f64le pcm_alaw pcm_mulaw adpcm_ima_wav adpcm_ms; do
    ff -i mono16.wav -c:a $codec $codec.wav
done
for codec in pcm_s8 pcm_s16be pcm_s24be pcm_s32be pcm_f32be pcm_f64be pcm_alaw; do
    ff -i mono16.wav -c:a $codec $codec.aiff
done
ff -i mono16.wav -c:a pcm_s16le -f aiff sowt.aifc
for codec in pcm_s16be pcm_s24le pcm_f32le pcm_alaw pcm_mulaw alac; do
    ff -i mono16.wav -c:a $codec $codec.caf
done
ff -i mono16.wav -c:a pcm_s16le -rf64 always rf64.wav
ff -i mono16.wav -c:a pcm_s16le -f wav - | cat > piped.wav
sox mono16.wav -t wav - 2> /dev/null | cat > piped_sox.wav

# Lossless.
flac -s -f -o stereo.flac chirp.wav 2> /dev/null
flac -s -f -b 576 -o blocks.flac mono16.wav 2> /dev/null
ff -i mono16.wav -c:a flac -f flac - | cat > piped.flac
ff -i chirp.wav -c:a flac flac.ogg
ff -i chirp.wav -c:a alac alac.m4a
ff -i mono16.wav -c:a flac flac.mka
ff -i mono16.wav -c:a pcm_s16le pcm.mka
cp stereo.flac flac_named.wav

# Lossy.
lame --quiet -b 96 mono16.wav lame_cbr.mp3
lame --quiet -V 5 chirp.wav lame_vbr.mp3
lame --quiet -b 96 -t mono16.wav bare.mp3
lame --quiet -V 6 --resample 22.05 mono16.wav mpeg2.mp3
ff -i mono16.wav -c:a libmp3lame -b:a 64k ffmpeg.mp3
ff -i mono16.wav -c:a mp2 -b:a 96k -f mp2 layer2.mp3
oggenc -Q -q 3 -s 1 -o vorbis.ogg chirp.wav
ff -i mono16.wav -c:a libvorbis -q:a 3 vorbis.webm
opusenc --quiet --serial 1 --bitrate 48 chirp48000.wav stereo.opus
opusenc --quiet --serial 1 --bitrate 16 --downmix-mono chirp48000.wav voice.opus
for extension in webm mka mp4; do
    ff -i chirp48000.wav -c:a libopus -b:a 48k opus.$extension
done
ff -i chirp48000.wav -filter_complex "amerge=inputs=1,pan=5.1|c0=c0|c1=c1|c2=c0|c3=c1|c4=c0|c5=c1" \
    -c:a libopus -mapping_family 1 -b:a 96k surround.opus
ff -i chirp.wav -c:a aac -b:a 96k aac.m4a
ff -i chirp.wav -af asetrate=96000 -c:a aac -b:a 192k aac96.m4a
ff -i chirp.wav -c:a aac -b:a 96k -movflags +faststart faststart.m4a
ff -i chirp.wav -c:a aac -b:a 96k -movflags +frag_keyframe+empty_moov fragmented.mp4
ff -i chirp.wav -c:a aac -b:a 96k aac.mka
ff -i chirp.wav -c:a aac -b:a 96k adts.aac
rm chirp48000.wav
